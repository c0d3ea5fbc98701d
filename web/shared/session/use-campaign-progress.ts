import type { ApolloClient } from '@apollo/client';
import { useEffect } from 'react';
import { CampaignProgressDocument } from '../generated/operations.js';

/** After a break of the connection, and half as much more at random: many look at one campaign. */
const AGAIN_MS = 2_000;
const FINAL: ReadonlySet<string> = new Set(['SOLD_OUT', 'CLOSED']);

/** Keeps the numbers of a campaign in the cache as they change. Null: the campaign is not known. */
export function useCampaignProgress(apollo: ApolloClient, campaignId: string | null): void {
  useEffect(() => {
    if (campaignId === null) return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let end = (): void => undefined;
    let isFinal = false;
    const again = (): void => {
      clearTimeout(timer);
      if (!isFinal) timer = setTimeout(follow, AGAIN_MS * (1 + Math.random() / 2));
    };
    const follow = (): void => {
      const subscription = apollo
        .subscribe({ query: CampaignProgressDocument, variables: { campaignId }, fetchPolicy: 'no-cache' })
        .subscribe({
          next({ data }) {
            // An error is followed by the completion.
            if (!data) return;
            const { issued, stock, queued, state, ratePerSecond } = data.campaignProgress;
            isFinal = FINAL.has(state) && queued === 0;
            apollo.cache.modify({
              id: `GifticonCampaign:${campaignId}`,
              fields: {
                issued: () => issued as never,
                stock: () => stock as never,
                queued: () => queued as never,
                state: () => state as never,
                drainRatePerSecond: () => ratePerSecond as never,
              },
            });
          },
          error: again,
          complete: again,
        });
      end = () => subscription.unsubscribe();
    };
    follow();
    return () => {
      clearTimeout(timer);
      end();
    };
  }, [apollo, campaignId]);
}
