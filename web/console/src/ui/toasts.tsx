import { useEffect } from 'react';
import { createStore, useStore } from '../../../shared/session/store.js';
import { useTexts } from '../text/text.js';

interface Toast {
  readonly id: number;
  readonly text: string;
  readonly isFault: boolean;
}

const STAYS_MS = 8_000;

const toasts = createStore<readonly Toast[]>([]);
let count = 0;

/** Says what came of an action, wherever the user has gone meanwhile. */
export function say(text: string, isFault = false): void {
  toasts.set([...toasts.get().slice(-2), { id: (count += 1), text, isFault }]);
}

const dismiss = (id: number): void => toasts.set(toasts.get().filter((each) => each.id !== id));

export function Toasts() {
  const shown = useStore(toasts);
  return (
    <div className="toasts" role="status">
      {shown.map((toast) => (
        <ToastLine key={toast.id} toast={toast} />
      ))}
    </div>
  );
}

function ToastLine({ toast: { id, text, isFault } }: { readonly toast: Toast }) {
  const label = useTexts()('app.close');
  useEffect(() => {
    // A fault stays until it was read.
    if (isFault) return undefined;
    const timer = setTimeout(() => dismiss(id), STAYS_MS);
    return () => clearTimeout(timer);
  }, [id, isFault]);
  return (
    <p className={`toast ${isFault ? 'bad' : 'good'}`}>
      <span>{text}</span>
      <button className="icon" aria-label={label} onClick={() => dismiss(id)}>
        ✕
      </button>
    </p>
  );
}
