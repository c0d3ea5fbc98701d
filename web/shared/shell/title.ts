import { useEffect } from 'react';

// What the browser's tab says: how much is unread, what is shown, and of which application it is a page.
let app = document.title;
let page = '';
let unread = 0;

function show(): void {
  const count = unread > 0 ? `(${unread > 99 ? '99+' : unread}) ` : '';
  document.title = `${count}${page && `${page} · `}${app}`;
}

export function useAppTitle(name: string): void {
  useEffect(() => {
    app = name;
    show();
  }, [name]);
}

/** For as long as it is shown; undefined while the name is not known. */
export function usePageTitle(name: string | undefined): void {
  useEffect(() => {
    page = name ?? '';
    show();
    return () => {
      page = '';
      show();
    };
  }, [name]);
}

export function useUnreadTitle(count: number): void {
  useEffect(() => {
    unread = count;
    show();
    return () => {
      unread = 0;
      show();
    };
  }, [count]);
}
