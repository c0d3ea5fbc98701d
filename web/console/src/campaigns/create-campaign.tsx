import { useApolloClient } from '@apollo/client/react';
import { MadangError, madangError } from '@madang/client';
import { useState } from 'react';
import { Button, Input, Label, Text, TextField } from 'react-aria-components';
import { Sheet } from '../../../shared/shell/sheet.js';
import { mutateOnce } from '../actions/perform.js';
import { CreateCampaignDocument } from '../generated/operations.js';
import { useRefusalText } from '../../../shared/text/refusals.js';
import { useTexts } from '../text/text.js';

interface CreateCampaignProps {
  readonly close: () => void;
  readonly created: (campaignId: string) => void;
}

/** Null where nothing is written; the time is that of the browser's zone. */
const instant = (local: string): string | null => (local === '' ? null : new Date(local).toISOString());

export function CreateCampaign({ close, created }: CreateCampaignProps) {
  const text = useTexts();
  const why = useRefusalText();
  const apollo = useApolloClient();
  const [commandId] = useState(() => crypto.randomUUID());
  const [title, setTitle] = useState('');
  const [stock, setStock] = useState('100');
  const [opens, setOpens] = useState('');
  const [closes, setCloses] = useState('');
  const [running, setRunning] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const isValid = title.trim() !== '' && /^\d{1,8}$/.test(stock) && Number(stock) <= 10_000_000;
  const submit = async (): Promise<void> => {
    setRunning(true);
    setFailure(null);
    const input = { commandId, title, stock: Number(stock), opensAt: instant(opens), closesAt: instant(closes) };
    try {
      const { changed } = await mutateOnce(apollo, CreateCampaignDocument, { input });
      const { rejection } = changed.receipt;
      if (rejection) throw new MadangError(rejection.code, rejection.message);
      // The campaign has the id of its command.
      created(changed.campaign?.id ?? commandId);
    } catch (error) {
      setFailure(why(madangError(error)));
      setRunning(false);
    }
  };
  return (
    <Sheet title={text('campaigns.create')} close={close}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <TextField value={title} onChange={setTitle} maxLength={200} isRequired autoFocus>
          <Label>{text('campaign.title')}</Label>
          <Input autoComplete="off" />
        </TextField>
        <TextField value={stock} onChange={setStock} inputMode="numeric" isRequired>
          <Label>{text('campaign.stock')}</Label>
          <Input autoComplete="off" />
          <Text slot="description">{text('campaign.stockHelp')}</Text>
        </TextField>
        <TextField value={opens} onChange={setOpens} type="datetime-local">
          <Label>{text('campaign.opens')}</Label>
          <Input />
        </TextField>
        <TextField value={closes} onChange={setCloses} type="datetime-local">
          <Label>{text('campaign.closes')}</Label>
          <Input />
        </TextField>
        {failure !== null && <p role="alert">{failure}</p>}
        <footer>
          <Button onPress={close}>{text('app.cancel')}</Button>
          <Button className="primary" type="submit" isDisabled={running || !isValid}>
            {text('campaigns.createNow')}
          </Button>
        </footer>
      </form>
    </Sheet>
  );
}
