// A real OpenID Connect provider for tests. Tests say who is at its keyboard, and who there is, over POST /control.
import http from 'node:http';
import Provider from 'oidc-provider';

const {PORT, REDIRECT, AFTER_LOGOUT, BACKCHANNEL} = process.env;
const issuer = `http://localhost:${PORT}`;
const world = {people: {}, at: null, later: 0};
const now = Date.now;
Date.now = () => now() + world.later * 1000;

const client = {
  client_secret: 'a-secret-of-the-tests',
  redirect_uris: [REDIRECT],
  post_logout_redirect_uris: [AFTER_LOGOUT],
  grant_types: ['authorization_code'],
  response_types: ['code'],
};

const provider = new Provider(issuer, {
  clients: [{...client, client_id: 'desk', backchannel_logout_uri: BACKCHANNEL || undefined}],
  claims: {openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'], groups: ['groups']},
  scopes: ['openid', 'email', 'profile', 'groups'],
  pkce: {required: () => true},
  ttl: {
    AuthorizationCode: 60, AccessToken: 300, IdToken: 300, Interaction: 300, Session: 3600, Grant: 3600,
  },
  features: {
    devInteractions: {enabled: false},
    backchannelLogout: {enabled: true},
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: async (ctx, form) => { ctx.body = form; },
    },
  },
  cookies: {keys: ['of-the-tests']},
  interactions: {url: (ctx, interaction) => `/interaction/${interaction.uid}`},
  // The desk is on this machine, which oidc-provider does not visit by itself.
  fetch: (url, {dispatcher, ...options}) => globalThis.fetch(url, options),
  async findAccount(ctx, id) {
    const person = world.people[id];
    return person && {accountId: id, claims: async () => ({sub: id, ...person})};
  },
  async loadExistingGrant(ctx) {
    const grant = new provider.Grant({accountId: ctx.oidc.session.accountId, clientId: ctx.oidc.client.clientId});
    grant.addOIDCScope('openid email profile groups');
    await grant.save();
    return grant;
  },
});

const answer = provider.callback();
http.createServer(async (request, response) => {
  if (request.url === '/control') {
    let text = '';
    for await (const part of request) text += part;
    Object.assign(world, JSON.parse(text));
    response.end('{}');
  } else if (request.url.startsWith('/interaction/')) {
    const result = world.people[world.at] ? {login: {accountId: world.at}} : {error: 'access_denied'};
    await provider.interactionFinished(request, response, result);
  } else {
    answer(request, response);
  }
}).listen(Number(PORT), '127.0.0.1', () => console.log('ready'));
