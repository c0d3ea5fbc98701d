import type { SharedTextId } from './en.js';

export const ko: Readonly<Record<SharedTextId, string>> = {
  'app.name': '마당',
  'app.loading': '불러오는 중…',
  'app.close': '닫기',
  'app.cancel': '취소',
  'app.retry': '다시 시도',
  'app.account': '계정',
  'app.language': 'In English',
  'app.theme.dark': '어둡게',
  'app.theme.light': '밝게',
  'app.notFound': '이 주소에는 아무것도 없습니다.',
  'app.failed': '처리하지 못했습니다: {message}',
  'signIn.title': '로그인',
  'signIn.handle': '핸들',
  'signIn.help':
    '영문자, 숫자, “_”, “.”, “-”를 쓸 수 있습니다. 처음 쓰는 핸들은 새로 등록됩니다. 이 서버는 비밀번호를 묻지 않습니다.',
  'signIn.button': '로그인',
  'signIn.invalid':
    '쓸 수 없는 핸들입니다. 영문자, 숫자, “_”, “.”, “-”로 1~30자여야 하며, 최근에 반납된 핸들은 쓸 수 없습니다.',
  'signIn.failed': '로그인하지 못했습니다. 잠시 뒤에 다시 시도하세요.',
  'signIn.ended': '로그인이 끝났습니다. 계속하려면 다시 로그인하세요.',
  'signIn.noProvider':
    '이 서버는 인증 제공자의 토큰을 받지만, 어느 제공자인지 이 페이지에 설정되어 있지 않습니다. ' +
    '운영자가 MADANG_OIDC_ISSUER와 MADANG_OIDC_CLIENT_ID를 설정할 수 있습니다.',
  'signIn.providerAway': '인증 제공자({issuer})가 응답하지 않습니다. 잠시 뒤에 다시 시도하세요.',
  'signIn.providerRefused': '인증 제공자가 로그인을 거절했습니다: {message}',
  'signIn.stale': '다른 곳에서 시작했거나 오래된 로그인입니다. 여기서 다시 시작하세요.',
  'signIn.tokenRefused':
    '인증 제공자에서는 로그인되었지만, 이 서버가 그 토큰을 받지 않습니다: “{message}” ' +
    '서버 운영자에게 알리거나 다른 사람으로 로그인하세요.',
  'signIn.ownTokenRefused': '서버가 이 토큰을 받지 않습니다: “{message}”',
  'signIn.asAnother': '다른 사람으로 로그인',
  'signIn.deleted': '계정이 삭제되었습니다.',
};
