// Passkeys: between the options in the page and what the browser gives for them. Without it the codes still work.
const toBytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
const toText = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const named = (list) => (list ?? []).map((each) => ({ ...each, id: toBytes(each.id) }));

async function create({ publicKey }) {
  const { user, challenge, excludeCredentials } = publicKey;
  const made = await navigator.credentials.create({
    publicKey: {
      ...publicKey,
      challenge: toBytes(challenge),
      user: { ...user, id: toBytes(user.id) },
      excludeCredentials: named(excludeCredentials),
    },
  });
  return asJson(made, { attestationObject: toText(made.response.attestationObject) });
}

async function get({ publicKey }) {
  const { challenge, allowCredentials } = publicKey;
  const shown = await navigator.credentials.get({
    publicKey: { ...publicKey, challenge: toBytes(challenge), allowCredentials: named(allowCredentials) },
  });
  const { authenticatorData, signature, userHandle } = shown.response;
  return asJson(shown, {
    authenticatorData: toText(authenticatorData),
    signature: toText(signature),
    userHandle: userHandle ? toText(userHandle) : null,
  });
}

const asJson = (credential, response) => ({
  id: credential.id,
  rawId: toText(credential.rawId),
  type: credential.type,
  authenticatorAttachment: credential.authenticatorAttachment,
  clientExtensionResults: credential.getClientExtensionResults(),
  response: { clientDataJSON: toText(credential.response.clientDataJSON), ...response },
});

async function optionsOf(form) {
  const held = document.getElementById("passkey-options");
  if (held) return JSON.parse(held.textContent);
  const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

async function ceremony(form) {
  const options = await optionsOf(form);
  const found = options.creation_options ? await create(options.creation_options) : await get(options.request_options);
  form.elements.credential.value = JSON.stringify(found);
  form.submit();
}

function refuse(form, error) {
  const { stopped, held, place } = form.dataset;
  const note = form.querySelector("[data-passkey-error]");
  note.querySelector("p").textContent = { InvalidStateError: held, SecurityError: place }[error.name] ?? stopped;
  note.hidden = false;
  form.querySelector("button").disabled = false;
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential) continue;
  form.hidden = false;
  for (const note of document.querySelectorAll("[data-passkey-missing]")) note.hidden = true;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    form.querySelector("[data-passkey-error]").hidden = true;
    form.querySelector("button").disabled = true;
    ceremony(form).catch((error) => refuse(form, error));
  });
}
