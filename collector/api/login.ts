/** `/login`, `/logout`: a token for a session of the dashboard, in a cookie that scripts cannot read and other sites cannot send. */
import { type Context, Hono } from 'hono';
import { setCookie } from 'hono/cookie';
import { html } from 'hono/html';
import { type Access, TooManyTokens } from '../access/access.ts';
import { remoteAddress, sessionCookie } from '../access/middleware.ts';
import { PEOPLE_ROLES } from '../access/roles.ts';

const HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  // With `no-referrer` a form is sent with `Origin: null`, which nobody can tell from a foreign page.
  'Referrer-Policy': 'same-origin',
  'Cache-Control': 'no-store',
};

export function loginRoutes(access: Access): Hono {
  const app = new Hono();
  app.get('/login', (context) => page(context, nextOf(context.req.query('next'))));
  app.post('/login', async (context) => {
    const form = await context.req.formData().catch(() => new FormData());
    const [token, next] = [textOf(form.get('token')).trim(), nextOf(textOf(form.get('next')))];
    if (!access.required) return context.redirect(next, 303);
    const known = await access.authenticate(token, remoteAddress(context));
    if ('refused' in known) {
      const isLimit = known.refused === 'too_many_failures';
      if (isLimit) context.header('Retry-After', String(Math.ceil(known.retryAfterMs / 1000)));
      const why = isLimit ? 'Too many attempts: wait a moment.' : 'This token is not good here.';
      return page(context, next, why, isLimit ? 429 : 401);
    }
    const isPerson = known.kind === 'token' && (PEOPLE_ROLES as readonly string[]).includes(known.role);
    if (!isPerson) return page(context, next, 'This token is not for people.', 403);
    try {
      const { ageMs, text } = await access.openSession(known);
      giveCookie(context, text, Math.floor(ageMs / 1000));
    } catch (error) {
      if (!(error instanceof TooManyTokens)) throw error;
      return page(context, next, 'Too many dashboards are signed in.', 503);
    }
    context.set('principal', known);
    return context.redirect(next, 303);
  });
  app.post('/logout', async (context) => {
    const { principal } = context.var;
    if (principal?.kind === 'session') await access.revoke(principal.session, principal.name);
    giveCookie(context, '', 0);
    return context.redirect('/login', 303);
  });
  return app;
}

function giveCookie(context: Context, value: string, maxAge: number): void {
  const secure = new URL(context.req.url).protocol === 'https:';
  setCookie(context, sessionCookie(context), value, {
    httpOnly: true,
    sameSite: 'Strict',
    path: '/',
    secure,
    maxAge,
  });
}

/** A path of this collector: what else it leads to is not for us to say. */
function nextOf(text: string | undefined): string {
  return text !== undefined && /^\/(?![/\\])[\x21-\x7e]*$/.test(text) && !text.includes('\\') ? text : '/';
}

const textOf = (value: FormDataEntryValue | null): string => (typeof value === 'string' ? value : '');

function page(
  context: Context,
  next: string,
  why = '',
  status: 200 | 401 | 403 | 429 | 503 = 200,
): Response | Promise<Response> {
  return context.html(
    html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Outrider: sign in</title>
<link rel="icon" href="/dashboard/icon.svg">
<link rel="stylesheet" href="/dashboard/login.css">
</head>
<body>
<main>
<h1>Outrider</h1>
<form method="post" action="/login">
${why === '' ? '' : html`<p role="alert">${why}</p>`}
<label for="token">Token</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus spellcheck="false">
<input type="hidden" name="next" value="${next}">
<button>Sign in</button>
</form>
<p>An admin makes a token for you: <code>outrider tokens add NAME --role viewer</code></p>
</main>
</body>
</html>`,
    status,
    HEADERS,
  );
}
