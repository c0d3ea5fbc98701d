import { pick, useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { continueResults } from './executions.js';
import { useSession } from './session.js';
import { SignInButton } from './sign-in.js';
import { useExecutions } from './use-executions.js';
import { takesAfter, withAfter } from './variables.js';

const events = (count: number): string => `${count} ${count === 1 ? 'event' : 'events'}`;

/** The line below the response: the state of the tab's subscription, or why its execution ended, and the way on. */
export function Ending() {
  const { tabs, activeTabIndex, variableEditor } = useGraphiQL(pick('tabs', 'activeTabIndex', 'variableEditor'));
  const actions = useGraphiQLActions();
  const { token } = useSession();
  const tab = tabs[activeTabIndex];
  const execution = useExecutions().get(tab?.id ?? '');
  if (!execution) return null;
  const { isSubscription, isOver, received, notice, position } = execution;
  if (!notice && !isSubscription) return null;

  const canContinue = isSubscription && isOver && position !== null && takesAfter(tab?.query ?? '');
  const continueAfter = () => {
    const variables = withAfter(variableEditor?.getValue() ?? '', position!);
    if (variables !== null) variableEditor?.setValue(variables);
    continueResults();
    void actions.run();
  };

  return (
    <div className={notice ? 'ending failed' : isOver ? 'ending' : 'ending live'}>
      {notice && <span role="alert">{notice.text}</span>}
      {!notice && (
        <span>{isOver ? `Ended after ${events(received)}.` : `Subscribed: ${events(received)} so far.`}</span>
      )}
      {notice?.signInHelps && !token && <SignInButton />}
      {canContinue && (
        <button type="button" onClick={continueAfter} title={`Put ${position} into "after", and execute again`}>
          continue after the last event
        </button>
      )}
    </div>
  );
}
