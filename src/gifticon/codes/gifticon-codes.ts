import type { CampaignId } from '../../events/ids.js';

/** A code is identified by its campaign and its number in it: 1, 2, 3 … up to the stock. */
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
 * The codes of gifticons, which are worth money. Generated codes are derived from the deployment's key and their
 * number, and stored nowhere; ready-made codes are stored encrypted in PostgreSQL. No event, log line or cache contains
 * a code.
 */
export interface GifticonCodes {
  /** @throws an error where a loaded code is missing or was encrypted with another key: never returns a wrong code */
  codeOf(number: CodeNumber): Promise<string>;
  /**
   * Stores ready-made codes, encrypted, under the numbers after the stock: all of them or none. They do not count in
   * the stock yet. Codes that an interrupted load left above the stock are deleted first. One load of a campaign at a
   * time.
   * @param stock the campaign's stock in the log; nothing is stored or deleted where the log has another one by now
   * @param codes trimmed, valid, no two alike
   * @param progress called now and then with the number of stored codes
   * @throws {DuplicateCodeError} where the campaign has one of them already
   */
  load(
    campaignId: CampaignId,
    stock: number,
    codes: AsyncIterable<string>,
    progress?: (stored: number) => void,
  ): Promise<LoadedCodes>;
  /** Deletes codes that `load` stored and the log refused. Codes within the stock stay. */
  unload(campaignId: CampaignId, loaded: LoadedCodes): Promise<void>;
  /**
   * Runs `work` with a lock on the campaign's loads, held from reading the stock to the log's answer: a load deletes
   * all codes above the stock.
   * @throws {LoadRunningError} at once, where another load holds the lock
   */
  exclusively<T>(campaignId: CampaignId, work: () => Promise<T>): Promise<T>;
}

/**
 * The campaign has this code already. The error does not contain the code: `index` counts from 0 in the loaded codes.
 */
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
