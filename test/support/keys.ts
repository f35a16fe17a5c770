/** Credentials of the tests: a last step looks for them in everything that tests left behind. */
export const PROVIDER_KEY = 'sk-ant-api03-provider-key-of-the-tests-3f9a';
export const DUMMY_KEY = 'dummy-key-of-the-tests-77b1';
/** What the signing secret for webhooks stands for; it is set in base64. */
export const SIGNING_KEY = 'signing-key-of-the-tests-c04d-1b';
