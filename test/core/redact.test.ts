import { describe, expect, it } from 'vitest';
import { createRedaction, REDACTED_KEYS } from '../../src/core/redact.ts';

const isSecret = createRedaction(REDACTED_KEYS);

describe('createRedaction', () => {
  it.each([
    'password',
    'PASSWORD',
    'userPassword',
    'user_password',
    'user-password',
    'user.password',
    'password2',
    'password_2',
    'pwd',
    'token',
    'csrfToken',
    'JWTToken',
    'XSRFToken',
    'accesstoken',
    'access_token',
    'authToken',
    'x-auth-token',
    'apikey',
    'apiKey',
    'api_key',
    'APIKey',
    'x-api-key',
    'Authorization',
    'Proxy-Authorization',
    'cookie',
    'Set-Cookie',
    'cookies',
    'client_secret',
    'AWSSecretAccessKey',
    'privateKey',
    'sessionId',
    'session_id',
    'creditCard',
    'card_number',
    'cvv',
    'ssn',
  ])('takes %s for a secret', (key) => expect(isSecret(key)).toBe(true));

  it.each([
    'tokens',
    'total_tokens',
    'compass',
    'passenger',
    'bypass',
    'secretary',
    'cookieless',
    'keyboard',
    'monkey',
    'sessionless',
    'assn',
    'author',
    'user',
    '',
    '😀',
    '__proto__',
  ])('leaves %j alone', (key) => expect(isSecret(key)).toBe(false));

  it('answers the same again, and after many other keys', () => {
    for (let index = 0; index < 5_000; index += 1) isSecret(`key ${index}`);
    expect([isSecret('password'), isSecret('password'), isSecret('compass'), isSecret('compass')]).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it('takes other words, whatever their script and characters', () => {
    const isOurs = createRedaction(['пароль', 'iban', 'tax-number', '(', '']);
    for (const key of ['пароль', 'старыйПароль', 'IBAN', 'customerIban', 'taxNumber', 'tax_number']) {
      expect(isOurs(key), key).toBe(true);
    }
    for (const key of ['password', '(', '1', '', 'ibanish']) expect(isOurs(key), key).toBe(false);
  });

  it('redacts nothing for an empty list', () => {
    expect(createRedaction([])('password')).toBe(false);
  });
});
