import { readFile, writeFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { openPage } from '../support/browser.js';
import { until } from '../support/conditions.js';
import { asAdmin, createCampaign } from '../support/gifticons.js';
import { createRoom, joinRoom, message, openWebSite, showsLast, write } from '../support/web-site.js';
import { commanded, signInOnWire } from '../support/wire.js';

// The pictures of the web client in the documentation, taken anew with UPDATE_DOCS=1.

const keep = async (page: Page, name: string): Promise<void> => {
  const picture = await page.screenshot();
  expect(picture.length).toBeLessThan(200_000);
  const committed = `docs/images/${name}.png`;
  if (process.env['UPDATE_DOCS'] === '1') await writeFile(committed, picture);
  const size = (png: Buffer) => [png.readUInt32BE(16), png.readUInt32BE(20)];
  expect(size(await readFile(committed))).toEqual(size(picture));
};

test('a room on a large screen and on a phone, and a drop', async () => {
  await using site = await openWebSite();
  const admin = await asAdmin(site.deployment, await signInOnWire(site.url, 'admin'));
  await using sora = await site.visit('sora', '/', { viewport: { width: 1200, height: 640 } });
  for (const title of ['Book club', 'Morning runners', 'Sunny courtyard']) {
    await createRoom(sora.page, title);
    await write(sora.page, `Welcome to ${title}!`);
    await message(sora.page, 1).waitFor();
  }
  const phone = { viewport: { width: 390, height: 760 }, locale: 'ko-KR', colorScheme: 'dark' } as const;
  await using minjun = await site.visit('minjun', new URL(sora.page.url()).pathname, phone);
  await joinRoom(minjun.page);
  await write(minjun.page, '안녕하세요! 오늘 저녁에 다들 오시나요?');
  await showsLast(sora.page, ['안녕하세요! 오늘 저녁에 다들 오시나요?']);
  await write(sora.page, 'Yes! I will bring cake.');
  await message(sora.page, 2).hover();
  await message(sora.page, 2).getByRole('button', { name: 'Add a reaction' }).click();
  await sora.page.getByRole('button', { name: '👏' }).click();
  await message(minjun.page, 2).getByRole('button', { name: /👏/ }).waitFor();
  await showsLast(minjun.page, ['Yes! I will bring cake.']);
  await keep(sora.page, 'web-room');
  await keep(minjun.page, 'web-phone');
  const campaign = await createCampaign(admin, { title: 'Coffee for the fastest', stock: 100 });
  await sora.page.goto(`${site.url}/drops/${campaign.id}`);
  await sora.page.getByRole('button', { name: 'Get one' }).click();
  await sora.page.getByText('99 of 100 left').waitFor();
  await keep(sora.page, 'web-drop');
});

test('the overview of the console', async () => {
  await using site = await openWebSite();
  const mina = await signInOnWire(site.url, 'mina');
  const admin = await asAdmin(site.deployment, await signInOnWire(site.url, 'admin'));
  const { room } = await commanded(mina, 'createRoom', { title: 'Sunny courtyard' });
  await using operator = await openPage(site.browser, { viewport: { width: 1200, height: 760 } });
  const { page } = operator;
  await page.goto(`${site.url}/console`);
  await page.getByLabel('A token with the role admin').fill(admin.token);
  await page.keyboard.press('Enter');
  const line = page.locator('figure', { hasText: 'Messages a second' }).locator('.plot-line');
  // In the documentation a plot has a past.
  const points = process.env['UPDATE_DOCS'] === '1' ? 20 : 1;
  await until(
    async () => {
      await commanded(mina, 'sendMessage', { roomId: room!.id, body: 'Hello!' });
      return (
        (
          (await line
            .first()
            .getAttribute('d', { timeout: 1_000 })
            .catch(() => null)) ?? ''
        ).split('L').length > points
      );
    },
    'the line of a plot',
    60_000,
  );
  await keep(page, 'console-overview');
});
