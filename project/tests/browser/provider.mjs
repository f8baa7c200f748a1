// A conforming OpenID provider on the loopback address that behaves as AD FS is documented to: its userinfo tells the
// subject alone, claims are in the id token for the scope allatclaims, PKCE is required, one group is a text.
// node provider.mjs PORT LOCKSTEP_ADDRESS
import { Provider } from 'oidc-provider'

const [port, lockstep] = process.argv.slice(2)
const people = {
  alice: { upn: 'alice@corp.test', email: 'alice@corp.test', group: ['CORP\\BI-OWNERS', 'OTHER'] },
  bob: { upn: 'bob@corp.test', group: 'OTHER' },
}
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [
    {
      client_id: 'lockstep',
      client_secret: 'only-for-tests',
      redirect_uris: [`${lockstep}/sso/callback`],
      post_logout_redirect_uris: [`${lockstep}/admin/login/`],
      token_endpoint_auth_method: 'client_secret_post',
    },
  ],
  scopes: ['openid', 'allatclaims'],
  claims: { openid: ['sub'], allatclaims: ['upn', 'email', 'group'] },
  conformIdTokenClaims: false,
  pkce: { required: () => true },
  cookies: { keys: ['only-for-tests'] },
  features: { devInteractions: { enabled: true } },
  findAccount: (_, id) => ({
    accountId: id,
    claims: (use) => (use === 'userinfo' ? { sub: id } : { sub: id, ...people[id] }),
  }),
})
provider.listen(port, '127.0.0.1', () => console.log('listening'))
