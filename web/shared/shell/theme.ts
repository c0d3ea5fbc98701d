import { createStore } from '../session/store.js';

export type Theme = 'light' | 'dark';

const THEME = 'madang:theme';
const ofSystem: Theme = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
const chosen = localStorage.getItem(THEME);

export const theme = createStore<Theme>(chosen === 'light' || chosen === 'dark' ? chosen : ofSystem);

const show = (): void => void (document.documentElement.dataset['theme'] = theme.get());
theme.subscribe(show);
show();

export function switchTheme(): void {
  const next = theme.get() === 'dark' ? 'light' : 'dark';
  localStorage.setItem(THEME, next);
  theme.set(next);
}
