import { setTimeout } from 'node:timers/promises';
import type { Page, Route } from 'playwright-core';
import { until } from '../support/conditions.js';
import { traceMainThread } from '../support/main-thread.js';
import type { WebSite } from '../support/web-site.js';
import { bodies, createRoom, joinRoom, message, openWebSite, showsLast, write } from '../support/web-site.js';
import { commanded, post, signInOnWire } from '../support/wire.js';

// People who chat in the web client, on a server that is killed, busy, or went back in time.

const FLOOD_PER_SECOND = 200;

let site: WebSite;

beforeAll(async () => {
  site = await openWebSite({ HOT_ROOM_ENTER: '60', HOT_ROOM_EXIT: '20' });
});
afterAll(() => site?.[Symbol.asyncDispose]());

const notice = (page: Page, text: RegExp) => page.locator('.notice', { hasText: text });
/** What the browser itself says of a server that is away is no fault of the page. */
const faults = (complaints: readonly string[]): readonly string[] =>
  complaints.filter((each) => !/net::ERR_|WebSocket connection to/.test(each));

test('two users chat, react and read; what is unread is counted', async () => {
  await using mina = await site.visit('mina');
  const path = await createRoom(mina.page, 'Sunny courtyard');
  await write(mina.page, 'Hello, courtyard! See https://example.com/a?b=1.');
  await message(mina.page, 1).waitFor();

  await using jun = await site.visit('jun', path);
  await joinRoom(jun.page);
  const link = message(jun.page, 1).getByRole('link');
  expect(await link.getAttribute('href')).toBe('https://example.com/a?b=1');
  expect(await link.getAttribute('rel')).toBe('noopener noreferrer nofollow');
  await write(jun.page, '<b>안녕</b> javascript:alert(1)');
  await showsLast(mina.page, ['<b>안녕</b> javascript:alert(1)']);
  expect(await message(mina.page, 2).locator('b, a').count()).toBe(0);

  await message(mina.page, 2).hover();
  await message(mina.page, 2).getByRole('button', { name: 'Add a reaction' }).click();
  await mina.page.getByRole('button', { name: '🎉' }).click();
  await message(jun.page, 2).getByRole('button', { name: '🎉, 1 person' }).click();
  await message(mina.page, 2).getByRole('button', { name: '🎉, 2 people' }).waitFor();
  await message(mina.page, 2).getByRole('button', { name: '🎉, 2 people' }).click();
  await message(jun.page, 2).getByRole('button', { name: '🎉, 1 person' }).waitFor();

  await jun.page.getByRole('link', { name: 'Madang', exact: true }).click();
  for (const body of ['one', 'two', 'three']) await write(mina.page, body);
  await jun.page.getByText('3 unread messages').waitFor();
  await until(async () => (await jun.page.title()) === '(3) Madang', 'the tab says how much is unread');
  await jun.page.getByRole('link', { name: /Sunny courtyard/ }).click();
  await jun.page.getByTestId('new-line').waitFor();
  await showsLast(jun.page, ['one', 'two', 'three']);
  await jun.page.getByText('3 unread messages').waitFor({ state: 'detached' });
  await until(async () => (await jun.page.title()) === 'Sunny courtyard · Madang', 'the tab has the name of the room');
  await jun.page.getByRole('button', { name: 'Jump to newest' }).waitFor({ state: 'detached' });

  await mina.page.getByText('2 here now').waitFor();
  await mina.page.getByRole('button', { name: '2 members' }).click();
  await mina.page.getByRole('dialog').getByText('@jun').waitFor();
  await mina.page.keyboard.press('Escape');
  await jun.page.getByRole('button', { name: 'Leave' }).click();
  await jun.page.getByRole('dialog').getByRole('button', { name: 'Leave' }).click();
  await jun.page.getByText('You are in no room yet').waitFor();
  await mina.page.getByRole('button', { name: '1 member' }).waitFor();
  await mina.page.getByText('1 here now').waitFor();
  expect([...mina.log.complaints, ...jun.log.complaints]).toEqual([]);
});

test('the list of rooms moves when another room gets a message', async () => {
  await using mina = await site.visit('mina');
  const jun = await signInOnWire(site.url, 'jun');
  const roomOf = async (title: string): Promise<string> => {
    const roomId = (await createRoom(mina.page, title)).split('/').at(-1)!;
    await commanded(jun, 'joinRoom', { roomId }, 'PROJECTED');
    return roomId;
  };
  const quiet = await roomOf('Quiet corner');
  await roomOf('Long table');
  const first = mina.page.getByRole('tabpanel').getByRole('listitem').first();
  await first.getByText('Long table').waitFor();
  await commanded(jun, 'sendMessage', { roomId: quiet, body: 'Anybody here?' });
  await first.getByText('jun: Anybody here?').waitFor();
  await first.getByText('1 unread message').waitFor();
  await mina.page.getByRole('heading', { name: 'Long table' }).waitFor();

  // No interval ends: coming back to the page is enough.
  await mina.page.clock.install();
  await mina.page.reload();
  await first.getByText('1 unread message').waitFor();
  // A short leap: after a long one the connection would count as broken, and wait for ever to be opened again.
  const now = Number(await mina.page.evaluate('Date.now()'));
  await mina.page.clock.pauseAt(now + 500);
  await mina.page.clock.fastForward(2_000);
  await commanded(jun, 'sendMessage', { roomId: quiet, body: 'Good night.' }, 'PROJECTED');
  await mina.page.evaluate('dispatchEvent(new Event("focus"))');
  await first.getByText('2 unread messages').waitFor();
  expect(mina.log.complaints).toEqual([]);
});

test('history goes up without a jump, and a page that is loaded again goes on', async () => {
  await using mina = await site.visit('mina');
  const path = await createRoom(mina.page, 'A long history');
  const user = await signInOnWire(site.url, 'mina');
  const roomId = path.split('/').at(-1);
  const send = (n: number) =>
    user.ask('mutation ($input: SendMessageInput!) { sendMessage(input: $input) { receipt { status } } }', {
      input: { roomId, body: `n ${n}` },
    });
  for (let n = 1; n <= 120; n += 1) await send(n);
  await message(mina.page, 120).waitFor();
  await mina.page.reload();
  await message(mina.page, 120).waitFor();
  expect(await message(mina.page, 60).count()).toBe(0);

  // Up by the wheel, page by page: each look shows messages in order, without a gap and without a repetition.
  await mina.page.locator('.scroller').hover();
  await until(async () => {
    await mina.page.mouse.wheel(0, -1_500);
    const shown = (await bodies(mina.page)).map((body) => Number(body.slice(2)));
    expect(shown).toEqual(shown.map((_, index) => shown[0]! + index));
    return shown[0] === 1;
  }, 'the first message');
  await mina.page.getByText('This is where the room begins.').waitFor();
  expect(await mina.page.locator('[data-seq]').count()).toBeLessThanOrEqual(300);
  await mina.page.getByRole('button', { name: 'Jump to newest' }).click();
  await message(mina.page, 120).waitFor();
  await send(121);
  await showsLast(mina.page, ['n 120', 'n 121']);
  expect(mina.log.complaints).toEqual([]);
});

test('a flood stays at its newest, in few nodes, little memory and short tasks', async () => {
  await using mina = await site.visit('mina');
  const path = await createRoom(mina.page, 'Flood');
  const user = await signInOnWire(site.url, 'mina');
  const roomId = path.split('/').at(-1);
  let sent = 0;
  const flood = async (to: number): Promise<void> => {
    const [began, before] = [performance.now(), sent];
    const lane = async (): Promise<void> => {
      while (sent < to) {
        const body = `flood ${(sent += 1)}`;
        const dueAt = began + ((sent - before) * 1_000) / FLOOD_PER_SECOND;
        if (dueAt > performance.now()) await setTimeout(dueAt - performance.now());
        const input = { roomId, body };
        await user.ask('mutation ($input: SendMessageInput!) { sendMessage(input: $input) { receipt { status } } }', {
          input,
        });
      }
    };
    await Promise.all(Array.from({ length: 20 }, lane));
  };
  await flood(200);
  await message(mina.page, 200).waitFor();
  const { longestTaskMs, busyShare, tasks } = await traceMainThread(site.browser, mina.page, async () => {
    await flood(1_000);
    await message(mina.page, 1_000).waitFor();
  });
  expect(tasks).toBeGreaterThan(100);
  expect(longestTaskMs).toBeGreaterThan(1);
  expect(longestTaskMs).toBeLessThan(100);
  expect(busyShare).toBeLessThan(0.5);
  expect(await mina.page.locator('[data-seq]').count()).toBeLessThanOrEqual(300);
  const cdp = await mina.context.newCDPSession(mina.page);
  await cdp.send('Performance.enable');
  const { metrics } = await cdp.send('Performance.getMetrics');
  expect(metrics.find(({ name }) => name === 'JSHeapUsedSize')!.value).toBeLessThan(200_000_000);

  // The user reads further up: what comes then does not move the page.
  await mina.page.locator('.scroller').hover();
  await until(async () => {
    await mina.page.mouse.wheel(0, -400);
    return mina.page.getByRole('button', { name: 'Jump to newest' }).isVisible();
  }, 'the way back to the newest');
  await flood(1_050);
  expect(await message(mina.page, 1_050).count()).toBe(0);
  await mina.page.getByRole('button', { name: 'Jump to newest' }).click();
  await message(mina.page, 1_050).waitFor();
  expect(mina.log.complaints).toEqual([]);
}, 120_000);

test('kill -9 under an open page, with messages on their way: each comes once', async () => {
  await using mina = await site.visit('mina');
  const path = await createRoom(mina.page, 'Survivors');
  await using jun = await site.visit('jun', path);
  await joinRoom(jun.page);
  await write(jun.page, 'before');
  await showsLast(mina.page, ['before']);

  for (const body of ['a', 'b', 'c']) await write(mina.page, body);
  await site.kill();
  await write(mina.page, 'while it is away');
  await notice(mina.page, /The connection is gone/).waitFor();
  await notice(jun.page, /The connection is gone/).waitFor();
  // The other page is connected again last: it has missed a message then.
  await jun.page.context().setOffline(true);
  await site.start();
  await until(async () => (await mina.page.locator('.outgoing').count()) === 0, 'all of them are posted');
  await jun.page.context().setOffline(false);
  // Side by side: the notice goes by itself.
  await Promise.all([
    notice(jun.page, /Connected again. \d messages? came meanwhile./).waitFor(),
    showsLast(jun.page, ['before', 'a', 'b', 'c', 'while it is away']),
  ]);
  await showsLast(mina.page, ['before', 'a', 'b', 'c', 'while it is away']);
  expect(await bodies(mina.page)).toHaveLength(5);
  await notice(mina.page, /The connection is gone/).waitFor({ state: 'detached' });
  await write(jun.page, 'after');
  await showsLast(mina.page, ['while it is away', 'after']);
  expect(faults([...mina.log.complaints, ...jun.log.complaints])).toEqual([]);
});

test('a message that fails is kept, and comes once when it is sent again', async () => {
  await using mina = await site.visit('mina');
  await createRoom(mina.page, 'Retry');
  const commandIds: string[] = [];
  const isSending = (route: Route): boolean => {
    const sent = route.request().postData();
    if (!sent?.includes('sendMessage')) return false;
    const { variables } = JSON.parse(sent) as { variables: { input: { commandId: string } } };
    commandIds.push(variables.input.commandId);
    return true;
  };
  await mina.page.route('**/graphql', (route) => (isSending(route) ? route.abort() : route.continue()));
  await write(mina.page, 'again');
  await mina.page.getByText('Not sent').waitFor();
  expect(commandIds.length).toBeGreaterThan(1);
  await mina.page.unrouteAll();

  // The first answer is lost on the way back: the server has the message then.
  let lost = 0;
  await mina.page.route('**/graphql', async (route) => {
    if (!isSending(route) || lost > 0) return route.continue();
    lost += 1;
    await route.fetch();
    await route.abort();
  });
  await mina.page.getByRole('button', { name: 'Try again' }).click();
  await message(mina.page, 1).waitFor();
  await mina.page.locator('.outgoing').waitFor({ state: 'detached' });
  expect(new Set(commandIds).size).toBe(1);
  await write(mina.page, 'next');
  await showsLast(mina.page, ['again', 'next']);
  expect([lost, await bodies(mina.page)]).toEqual([1, ['again', 'next']]);
  expect(faults(mina.log.complaints)).toEqual([]);
});

test('a place that the server has lost is explained, and the page shows what there is', async () => {
  await using mina = await site.visit('mina');
  let cut = (): void => undefined;
  let answering = false;
  // As a server that went back to a backup: the first try to resume is refused.
  await mina.page.routeWebSocket('**/graphql', (socket) => {
    const server = socket.connectToServer();
    socket.onMessage((frame) => {
      const { id, type } = JSON.parse(String(frame)) as { id?: string; type: string };
      if (!answering || type !== 'subscribe') return server.send(frame);
      answering = false;
      const error = { message: 'The position is gone.', extensions: { code: 'POSITION_GONE' } };
      socket.send(JSON.stringify({ id, type: 'error', payload: [error] }));
    });
    cut = () => {
      answering = true;
      void socket.close({ code: 1001 });
    };
  });
  // Sockets are taken over from the next load on.
  await mina.page.reload();
  await createRoom(mina.page, 'Time travel');
  await write(mina.page, 'first');
  await message(mina.page, 1).waitFor();
  cut();
  await notice(mina.page, /went back to an earlier state/).waitFor();
  await write(mina.page, 'second');
  await showsLast(mina.page, ['first', 'second']);
  await notice(mina.page, /went back to an earlier state/)
    .getByRole('button')
    .click();
  await notice(mina.page, /went back to an earlier state/).waitFor({ state: 'detached' });
  expect(faults(mina.log.complaints)).toEqual([]);
});

test('a hot room has a calm notice, and messages go on', async () => {
  await using mina = await site.visit('mina');
  const path = await createRoom(mina.page, 'Festival');
  const user = await signInOnWire(site.url, 'mina');
  const query = `query { room(id: "${path.split('/').at(-1)}") { messages(last: 5) { nodes { body } } } }`;
  const body = JSON.stringify({ query });
  const fetches = () =>
    Promise.all(Array.from({ length: 20 }, () => post(site.url, body, { authorization: `Bearer ${user.token}` })));
  await until(async () => {
    await fetches();
    return notice(mina.page, /This room is very busy/).isVisible();
  }, 'the notice');
  await write(mina.page, 'still here');
  await message(mina.page, 1).waitFor();
  await notice(mina.page, /This room is very busy/).waitFor({ state: 'detached' });
  expect(mina.log.complaints).toEqual([]);
});
