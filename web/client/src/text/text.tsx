import { useEffect, useMemo } from 'react';
import type { ReactNode } from 'react';
import { IntlProvider, useIntl } from 'react-intl';
import { createStore, useStore } from '../session/store.js';
import type { TextId } from './en.js';
import { en } from './en.js';
import { ko } from './ko.js';

export type { TextId } from './en.js';
type Locale = 'en' | 'ko';

const LOCALE = 'madang:locale';
const chosen = localStorage.getItem(LOCALE) ?? navigator.language;
const locale = createStore<Locale>(chosen.startsWith('ko') ? 'ko' : 'en');

export function switchLocale(): void {
  const next = locale.get() === 'en' ? 'ko' : 'en';
  localStorage.setItem(LOCALE, next);
  locale.set(next);
}

export function TextProvider({ children }: { readonly children: ReactNode }) {
  const current = useStore(locale);
  useEffect(() => void (document.documentElement.lang = current), [current]);
  return (
    <IntlProvider locale={current} messages={current === 'ko' ? ko : en}>
      {children}
    </IntlProvider>
  );
}

export type Texts = (id: TextId, values?: Readonly<Record<string, string | number>>) => string;

/** The texts of the user's language. */
export function useTexts(): Texts {
  const intl = useIntl();
  return useMemo(() => (id, values) => intl.formatMessage({ id }, values), [intl]);
}
