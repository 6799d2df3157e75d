// SPDX-License-Identifier: GPL-3.0-or-later
// What is shown this once: the key of an authenticator, recovery codes, a new token. And where another party signs in.
function whenAnswered(id, show) {
  document.getElementById(id)?.addEventListener("answered", (event) => {
    event.preventDefault();
    show(event.detail);
  });
}

function reveal(id) {
  const box = document.getElementById(id);
  box.hidden = false;
  box.scrollIntoView({ block: "nearest" });
  return box;
}

/** An image that the server drew: taken in as an image, so that nothing in it could run. */
function showQr(place, svg) {
  const drawn = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement;
  place.hidden = drawn.localName !== "svg";
  if (!place.hidden) place.replaceChildren(document.importNode(drawn, true));
}

whenAnswered("begin-two-step", ({ secret, link, qr }) => {
  showQr(document.getElementById("two-step-qr"), qr);
  document.getElementById("two-step-secret").textContent = secret.match(/.{1,4}/g).join(" ");
  document.getElementById("two-step-link").href = link;
  document.getElementById("begin-two-step").hidden = true;
  reveal("two-step-setup");
  document.getElementById("confirm-code").focus();
});

function showCodes({ recoveryCodes }) {
  for (const id of ["two-step-setup", "renew-codes", "remove-two-step"]) {
    const part = document.getElementById(id);
    if (part) part.hidden = true;
  }
  document.getElementById("recovery-list").textContent = recoveryCodes.join("\n");
  reveal("recovery-codes").querySelector("button").focus();
}
whenAnswered("confirm-two-step", showCodes);
whenAnswered("renew-codes", showCodes);

whenAnswered("make-token", ({ token }) => {
  document.getElementById("make-token").hidden = true;
  document.getElementById("token-text").textContent = token;
  reveal("made-token").querySelector("button").focus();
});
// The page is the same but for its fragment, which alone would load nothing.
document.getElementById("token-kept")?.addEventListener("click", (event) => {
  event.preventDefault();
  location.hash = "tokens";
  location.reload();
});

for (const form of document.querySelectorAll(".link-identity")) {
  form.addEventListener("answered", (event) => {
    event.preventDefault();
    location.assign(event.detail.location);
  });
}
