/** Questions to the API: few at a time, asked again where it is busy, with the key that it may want. */

import { demand, key } from "./key.js";

const MOST = 3; // questions to the store at a time; the API takes few, and others ask too
const TRIES = 4;
const LONGEST = 30; // seconds to wait at most before a question is asked again
let running = 0;
const waiting = [];

/** Why a question has no answer: a sentence for people, with the API's own words and the fields it names. */
export class Problem extends Error {
  constructor(status, detail, type = "", wait = 0, fields = []) {
    super(detail);
    Object.assign(this, { status, type, wait, fields });
  }
}

/** Ask the store; questions wait for each other. */
export async function question(path, query, signal) {
  await turn(signal);
  try {
    return await ask(path, { query, signal });
  } finally {
    running -= 1;
    waiting.shift()?.();
  }
}

/** Ask anything; with a body it is sent as JSON. Throws a Problem, or what the signal throws. */
export async function ask(path, { query = {}, body, signal, tries = TRIES } = {}) {
  for (let tried = 1; ; tried += 1) {
    const given = key();
    const found = await send(`v1/${path}${search(query)}`, body, signal, given);
    if (found.ok) return read(found);
    const problem = await refused(found);
    if (problem.status === 401 && (given !== key() || (await demand(problem.message)))) continue;
    if (![429, 503].includes(problem.status) || tried >= tries || /:(store|no-store-yet)$/.test(problem.type)) throw problem;
    await pause(Math.min(problem.wait || tried, LONGEST), signal);
  }
}

async function send(address, body, signal, given) {
  const headers = given ? { Authorization: `Bearer ${given}` } : {};
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const sent = body === undefined ? undefined : JSON.stringify(body);
  try {
    return await fetch(address, { method: sent === undefined ? "GET" : "POST", headers, body: sent, signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    if (/ISO-8859-1|ByteString/.test(error.message)) throw new Problem(401, "This cannot be a key: it holds characters that no key has.");
    throw new Problem(0, "The API does not answer. It may be starting, or the network is down.");
  }
}

async function read(response) {
  try {
    return await response.json();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(response.status, "The API's answer was cut short.");
  }
}

async function refused(response) {
  const problem = await response.json().catch(() => ({}));
  const detail = problem.detail ?? `The API answered ${response.status} ${response.statusText}.`;
  const fields = (problem.errors ?? []).map(({ field }) => field);
  return new Problem(response.status, detail, problem.type ?? "", Number(response.headers.get("Retry-After")) || 0, fields);
}

function search(query) {
  const told = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  return told.length ? `?${new URLSearchParams(told)}` : "";
}

async function turn(signal) {
  if (running >= MOST) await new Promise((resolve) => waiting.push(resolve));
  running += 1;
  if (signal?.aborted) {
    running -= 1;
    waiting.shift()?.();
    signal.throwIfAborted();
  }
}

function pause(seconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, 1000 * seconds);
    signal?.addEventListener("abort", () => { clearTimeout(timer); reject(signal.reason); }, { once: true });
  });
}
