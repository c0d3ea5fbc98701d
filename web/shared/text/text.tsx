import { useEffect, useMemo } from 'react';
import type { ReactNode } from 'react';
import { IntlProvider, useIntl } from 'react-intl';
import { createStore, useStore } from '../session/store.js';
import type { SharedTextId } from './en.js';

type Locale = 'en' | 'ko';

const LOCALE = 'madang:locale';
const chosen = localStorage.getItem(LOCALE) ?? navigator.language;
const locale = createStore<Locale>(chosen.startsWith('ko') ? 'ko' : 'en');

export function switchLocale(): void {
  const next = locale.get() === 'en' ? 'ko' : 'en';
  localStorage.setItem(LOCALE, next);
  locale.set(next);
}

export type Catalogue = Readonly<Record<Locale, Readonly<Record<string, string>>>>;

export function TextProvider({ texts, children }: { readonly texts: Catalogue; readonly children: ReactNode }) {
  const current = useStore(locale);
  useEffect(() => void (document.documentElement.lang = current), [current]);
  return (
    <IntlProvider locale={current} messages={texts[current]}>
      {children}
    </IntlProvider>
  );
}

export type Texts<Id extends string> = (id: Id, values?: Readonly<Record<string, string | number>>) => string;

/** The texts of the user's language. */
export function useTextsOf<Id extends string>(): Texts<Id> {
  const intl = useIntl();
  return useMemo(() => (id, values) => intl.formatMessage({ id }, values), [intl]);
}

/** The texts that every page has. */
export const useTexts = useTextsOf<SharedTextId>;
