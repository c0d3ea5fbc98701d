import { formatResult } from '@graphiql/toolkit';
import { pick, useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { useEffect } from 'react';
import { returnTo } from './executions.js';
import { useExecutions } from './use-executions.js';

/** Runs once after the next tab is open. */
let afterOpening: (() => void) | null = null;

export function onceOpen(task: () => void): void {
  afterOpening = task;
}

/** What a tab executes continues while another one is open, and is shown when the tab is opened again. */
export function useTabs(): void {
  const { tabs, activeTabIndex, responseEditor } = useGraphiQL(pick('tabs', 'activeTabIndex', 'responseEditor'));
  const actions = useGraphiQLActions();
  const executions = useExecutions();
  const tab = tabs[activeTabIndex]?.id;

  useEffect(() => {
    if (!tab || !responseEditor) return;
    // A new tab opens with the subscription of the one before still in the response pane.
    actions.stop();
    const shown = returnTo(tab);
    if (shown === 'running') void actions.run();
    else if (shown) {
      const response = formatResult(shown);
      responseEditor.setValue(response);
      actions.updateActiveTabValues({ response });
    }
    const task = afterOpening;
    afterOpening = null;
    task?.();
  }, [tab, responseEditor, actions]);

  // GraphiQL draws the tabs; a dot tells which of them has a subscription.
  useEffect(() => {
    for (const [index, { id, title }] of tabs.entries()) {
      const execution = executions.get(id);
      const isLive = execution?.isSubscription === true && !execution.isOver;
      const button = document.getElementById(`graphiql-session-tab-${index}`);
      button?.toggleAttribute('data-live', isLive);
      if (button) button.title = isLive ? `${title}: subscribed` : title;
    }
  }, [tabs, executions]);
}
