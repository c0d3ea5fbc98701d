import { useIntl } from 'react-intl';
import { useMemo } from 'react';

export interface Format {
  /** A count: 12,345. */
  count(value: number | null): string;
  /** A rate or another measure, with three digits at most behind the point. */
  measure(value: number | null): string;
  bytes(value: number | null): string;
  /** 2 min 5 s. */
  duration(seconds: number): string;
  time(iso: string): string;
}

export const MIB = 1_048_576;
export const UNKNOWN = '–';

/** Numbers and times as the user's language writes them. */
export function useFormat(): Format {
  const intl = useIntl();
  return useMemo(() => {
    const number = (value: number, most: number): string =>
      intl.formatNumber(value, { maximumFractionDigits: most, ...(most > 0 && { maximumSignificantDigits: 3 }) });
    const unit = (value: number, name: string): string =>
      intl.formatNumber(value, { style: 'unit', unit: name, unitDisplay: 'narrow' });
    return {
      count: (value) => (value === null ? UNKNOWN : number(value, 0)),
      measure: (value) => (value === null ? UNKNOWN : Math.abs(value) >= 1_000 ? number(value, 0) : number(value, 2)),
      bytes: (value) => (value === null ? UNKNOWN : `${number(value / MIB, 0)} MiB`),
      duration(seconds) {
        const whole = Math.max(0, Math.round(seconds));
        if (whole < 60) return unit(whole, 'second');
        if (whole < 3_600) return `${unit(Math.floor(whole / 60), 'minute')} ${unit(whole % 60, 'second')}`;
        return `${unit(Math.floor(whole / 3_600), 'hour')} ${unit(Math.floor((whole % 3_600) / 60), 'minute')}`;
      },
      time(iso) {
        const date = new Date(iso);
        const isToday = date.toDateString() === new Date().toDateString();
        return intl.formatDate(date, { ...(isToday ? {} : { dateStyle: 'short' }), timeStyle: 'medium' });
      },
    };
  }, [intl]);
}
