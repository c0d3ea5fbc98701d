import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { useStore } from '../session/store.js';
import { switchLocale, useTexts } from '../text/text.js';
import { switchTheme, theme } from './theme.js';

interface TopBarProps {
  readonly title: string;
  /** Beside the title, and at the end. */
  readonly children?: ReactNode;
  readonly end?: ReactNode;
}

export function TopBar({ title, children, end }: TopBarProps) {
  const text = useTexts();
  const dark = useStore(theme) === 'dark';
  return (
    <div className="top" role="banner">
      <Link className="brand" href="/">
        <svg viewBox="0 0 32 32" width="24" height="24" aria-hidden>
          <path d="M7 23V10l9 8 9-8v13" />
        </svg>
        {title}
      </Link>
      {children}
      <button className="quiet" onClick={switchLocale} lang={text('app.language') === '한국어로' ? 'ko' : 'en'}>
        {text('app.language')}
      </button>
      <button className="quiet" onClick={switchTheme}>
        {text(dark ? 'app.theme.light' : 'app.theme.dark')}
      </button>
      {end}
    </div>
  );
}
