/** Stage 5, model and tools, as far as the request tells: model, output cap, unknown fields, provider capabilities. */
import type { Profile } from '../policy/profile.ts';
import type { Finding } from '../wire/wire.ts';
import type { Call } from './call.ts';
import { type Refusal, refusal } from './refusals.ts';
import { type Permit, permit, type Verdict } from './verdict.ts';

/** Asks every profile; a profile that is not enforced only adds to what is observed. */
export function judgeModel(call: Call): Verdict<Permit<'tools'>> {
  const observed = new Set<string>();
  for (const profile of call.snapshot.profiles) {
    for (const found of refusalsOf(call, profile)) {
      if (profile.enforce) return { refusal: found };
      observed.add(found.code);
    }
  }
  return { permit: permit('tools', {}), observed: [...observed] };
}

/** What the tables do not know and the provider's manifest does not allow, and capabilities, which nothing switches on. */
export function unknownOrOff({ view, provider }: Call): Finding[] {
  return view.findings.filter(({ kind, name }) => kind === 'capability' || !provider.allowedFields.has(name));
}

function* refusalsOf(call: Call, profile: Profile): Generator<Refusal> {
  const { view, model, provider } = call;
  if (model !== undefined && profile.models && !profile.models.matches(model)) {
    const allowed = profile.models.patterns.join(', ');
    yield refusal('model_not_allowed', {
      model,
      profile: profile.name,
      allowed: allowed === '' ? 'none' : allowed,
    });
  }
  // What the agent itself set below its thinking budget is for the provider to judge; some betas allow it.
  if (view.endpoint.billed && view.minCap > call.cap && view.minCap <= (view.askedCap ?? view.minCap)) {
    const params = { needed: String(view.minCap), cap: String(call.cap), profile: profile.name };
    yield refusal('output_cap_too_low', params);
  }
  for (const { kind, name, path, capability = '' } of unknownOrOff(call)) {
    // Official SDKs act on this very refusal.
    if (name === 'thread') yield refusal('threads_off');
    else if (kind === 'capability') yield refusal('capability_off', { name, path, capability });
    else if (profile.unknownFields === 'refuse') {
      yield refusal('field_unknown', { name, path, profile: profile.name, provider: provider.name });
    }
  }
  const beta = view.betas.unknown.find((name) => !provider.allowedBetas.has(name));
  if (beta !== undefined && profile.unknownBetas === 'refuse') {
    yield refusal('beta_unknown', { name: beta, profile: profile.name, provider: provider.name });
  }
}
