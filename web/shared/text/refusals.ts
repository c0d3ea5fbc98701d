import { useCallback } from 'react';
import { useIntl } from 'react-intl';

/** The codes of the API in Korean. In English the page shows the server's own words, which say the same. */
export const REFUSALS_KO: Readonly<Record<string, string>> = {
  UNAUTHENTICATED: '로그인이 필요하거나 로그인이 끝났습니다. 다시 로그인하세요.',
  FORBIDDEN: '권한이 없습니다. 방의 멤버가 아니거나 필요한 역할이 없습니다.',
  NOT_FOUND: '찾는 것이 없습니다. 아이디를 확인하세요.',
  BAD_USER_INPUT: '입력한 값이 맞지 않습니다: {message}',
  ROOM_HOT: '방이 몹시 붐빕니다. 이전 메시지는 잠시 뒤에 불러옵니다.',
  TOO_MANY_REQUESTS: '요청이 너무 많습니다. 잠시 뒤에 다시 시도하세요.',
  POSITION_GONE: '서버가 이전 상태로 돌아갔습니다. 페이지를 새로 불러오세요.',
  SUBSCRIPTION_LAGGED: '받는 속도가 느려 연결을 다시 맺습니다.',
  UNAVAILABLE: '서버가 잠시 처리하지 못합니다. 잠시 뒤에 다시 시도하세요.',
  INTERNAL: '서버에 오류가 있습니다. 잠시 뒤에 다시 시도하세요.',
  GRAPHQL_PARSE_FAILED: '이 페이지와 서버의 버전이 맞지 않습니다. 페이지를 새로 불러오세요.',
  GRAPHQL_VALIDATION_FAILED: '이 페이지와 서버의 버전이 맞지 않습니다. 페이지를 새로 불러오세요.',
  PAYLOAD_TOO_LARGE: '한 번에 보내기에는 너무 큽니다. 나누어 보내세요.',
  ANSWER_TOO_LARGE: '서버의 답이 너무 큽니다. 변경은 반영되었습니다.',
  NETWORK: '서버가 응답하지 않습니다.',
  ACCOUNT_DELETED: '삭제된 계정입니다.',
  COMMAND_ID_REUSED: '이미 다른 명령에 쓰인 번호입니다. 처음부터 다시 하세요.',
  MALFORMED_COMMAND: '처리할 수 없는 명령입니다. 운영자가 데드 레터에서 볼 수 있습니다.',
  NOT_YET: '서버가 업데이트되는 중입니다. 잠시 뒤에 다시 시도하세요.',
  COMMAND_FAILED: '프로그램 오류로 처리하지 못했습니다. 운영자가 데드 레터에서 볼 수 있습니다.',
  HANDLE_TAKEN: '다른 사람이 쓰는 핸들입니다. 다른 핸들을 고르세요.',
  HANDLE_RESERVED: '최근에 반납된 핸들입니다. 다른 핸들을 고르세요.',
  ACCOUNT_NOT_FOUND: '없는 계정입니다. 아이디를 확인하세요.',
  ROOM_NOT_FOUND: '없는 방입니다. 아이디를 확인하세요.',
  NOT_A_MEMBER: '이 방의 멤버가 아닙니다. 먼저 참여하세요.',
  ALREADY_A_MEMBER: '이미 이 방의 멤버입니다.',
  MESSAGE_NOT_FOUND: '이 방에 없는 메시지입니다.',
  ALREADY_REACTED: '이미 남긴 반응입니다.',
  REACTION_NOT_FOUND: '남기지 않은 반응입니다.',
  TOO_MANY_REACTIONS: '메시지 하나에 반응을 20개까지 남길 수 있습니다. 하나를 먼저 지우세요.',
  TOO_MANY_EMOJIS: '이 메시지에는 새 이모지를 더 남길 수 없습니다. 이미 있는 것을 고르세요.',
  SEQ_OUT_OF_RANGE: '아직 없는 번호의 메시지입니다.',
  CAMPAIGN_NOT_FOUND: '없는 캠페인입니다. 아이디를 확인하세요.',
  CAMPAIGN_NOT_OPEN: '아직 시작하지 않은 캠페인입니다.',
  CAMPAIGN_CLOSED: '끝난 캠페인입니다.',
  SOLD_OUT: '모두 소진되었습니다.',
  ALREADY_REQUESTED: '이미 요청한 캠페인입니다. 첫 요청의 결과를 따릅니다.',
  CAMPAIGN_CLOSES_TOO_EARLY: '시작하기 전에 끝나는 캠페인입니다. 종료 시각을 늦추세요.',
  CODES_MISPLACED: '그동안 다른 코드가 들어왔습니다. 이 코드를 다시 넣으세요.',
};

/** A rejection of a receipt, or an error of the API. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
}

/** Why the server did not do something, in the user's language. A code without a text has the server's words. */
export function useRefusalText(): (refusal: Refusal) => string {
  const { locale } = useIntl();
  return useCallback(
    ({ code, message }) => (locale === 'ko' && REFUSALS_KO[code]?.replace('{message}', message)) || message,
    [locale],
  );
}
