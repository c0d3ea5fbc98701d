import type { CampaignId } from '../../events/ids.js';

/** A code is named by its campaign and its number in it: 1, 2, 3 … up to the stock. */
export interface CodeNumber {
  readonly campaignId: CampaignId;
  readonly nth: number;
}

export interface LoadedCodes {
  /** The number of the first. */
  readonly first: number;
  readonly count: number;
}

/**
 * What gifticons are worth: the codes. Generated ones are made from the deployment's key and their number and are
 * stored nowhere; ready-made ones lie sealed in PostgreSQL. Codes are in no event, no log and no cache.
 */
export interface GifticonCodes {
  /**
   * @throws an error where the code is a loaded one that is not there, or was sealed with another key: never a wrong
   * code
   */
  codeOf(number: CodeNumber): Promise<string>;
  /**
   * Stores ready-made codes, sealed, under the numbers after the stock: all of them or none. They are not in the stock
   * yet. What an earlier load left behind above the stock, because it never got there, is deleted first. One load of a
   * campaign at a time.
   * @param stock the campaign's stock as the log has it; nothing is stored or deleted where the log has another one by
   * now
   * @param codes trimmed, valid, no two alike
   * @param progress called now and then with how many are stored
   * @throws {DuplicateCodeError} where the campaign has one of them already
   */
  load(
    campaignId: CampaignId,
    stock: number,
    codes: AsyncIterable<string>,
    progress?: (stored: number) => void,
  ): Promise<LoadedCodes>;
  /** Takes back what `load` stored and the log refused. What is in the stock stays. */
  unload(campaignId: CampaignId, loaded: LoadedCodes): Promise<void>;
  /**
   * Runs `work` while nobody else does so for this campaign: who loads codes holds the others off from reading the
   * stock to the log's answer, for what lies above the stock is theirs to delete.
   * @throws {LoadRunningError} at once, where someone else does
   */
  exclusively<T>(campaignId: CampaignId, work: () => Promise<T>): Promise<T>;
}

/** A code that the campaign has already. It names no code: `index` counts from 0 in what was being loaded. */
export class DuplicateCodeError extends Error {
  readonly code = 'DUPLICATE_CODE';
  constructor(readonly index: number) {
    super('the campaign has this code already');
  }
}

/** Codes are being loaded into the campaign already. */
export class LoadRunningError extends Error {
  readonly code = 'LOAD_RUNNING';
  constructor() {
    super('codes are being loaded into this campaign already');
  }
}
