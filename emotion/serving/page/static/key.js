/** The API's key: asked for when it is needed, kept in this tab only. */

const NAME = "emotion-key";
let held = null;
let asking = null;

/** The key given in this tab, or an empty text. */
export function key() {
  if (held === null) held = stored() ?? "";
  return held;
}

/** Ask for a key once, whoever asks meanwhile; answers whether one was given. */
export function demand(why) {
  asking ??= open(why).finally(() => { asking = null; });
  return asking;
}

function open(why) {
  const dialog = document.getElementById("key");
  const field = document.getElementById("key-value");
  document.getElementById("key-why").textContent = why;
  document.getElementById("key-cancel").onclick = () => dialog.close("");
  dialog.querySelector("form").onsubmit = (event) => {
    event.preventDefault();
    dialog.close(field.value.trim());
  };
  field.value = "";
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(keep(dialog.returnValue)), { once: true });
  });
}

function keep(given) {
  document.getElementById("key-value").value = "";
  if (!given) return false;
  held = given;
  document.getElementById("key").returnValue = "";
  try { sessionStorage.setItem(NAME, given); } catch { /* A browser that stores nothing asks again after a reload. */ }
  return true;
}

function stored() {
  try { return sessionStorage.getItem(NAME); } catch { return null; }
}
