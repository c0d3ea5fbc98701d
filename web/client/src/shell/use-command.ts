import type { CommandInput, CommandName, CommandPayload } from '@madang/client';
import { madangError, newCommandId } from '@madang/client';
import { useRef, useState } from 'react';
import { useSignedIn } from '../session/signed-in.js';
import { useRefusalText } from '../../../shared/text/refusals.js';
import { useTexts } from '../text/text.js';

const TIMEOUT_MS = 10_000;

/** Runs a command from a button: pressed again after a failure, it goes on under the same commandId. */
export function useCommand() {
  const text = useTexts();
  const why = useRefusalText();
  const { madang } = useSignedIn().api;
  const [running, setRunning] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  const kept = useRef<{ readonly input: string; readonly commandId: string } | null>(null);

  const run = async <Name extends CommandName>(
    name: Name,
    input: CommandInput<Name>,
  ): Promise<CommandPayload<Name> | null> => {
    const asked = JSON.stringify([name, input]);
    if (kept.current?.input !== asked) kept.current = { input: asked, commandId: newCommandId() };
    const { commandId } = kept.current;
    setRunning(true);
    setRefusal(null);
    try {
      const payload = await madang.send(name, { ...input, commandId }, { timeoutMs: TIMEOUT_MS });
      kept.current = null;
      if (!payload.receipt.rejection) return payload;
      setRefusal(why(payload.receipt.rejection));
    } catch (error) {
      setRefusal(text('app.failed', { message: why(madangError(error)) }));
    } finally {
      setRunning(false);
    }
    return null;
  };
  return { run, running, refusal };
}
