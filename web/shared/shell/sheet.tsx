import type { ReactNode } from 'react';
import { Button, Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { useTexts } from '../text/text.js';

interface SheetProps {
  readonly title: string;
  readonly close: () => void;
  readonly children: ReactNode;
}

/** A dialog over the page. It takes the focus and gives it back; Escape and a press outside close it. */
export function Sheet({ title, close, children }: SheetProps) {
  const text = useTexts();
  return (
    <ModalOverlay className="overlay" isOpen isDismissable onOpenChange={(open) => !open && close()}>
      <Modal className="sheet">
        <Dialog>
          <header>
            <Heading slot="title">{title}</Heading>
            <Button className="icon" aria-label={text('app.close')} onPress={close}>
              ✕
            </Button>
          </header>
          {children}
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
