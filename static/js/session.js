// Near its end, the line about the session comes into view and says so; nothing else depends on it.
const cadre = document.querySelector(".session");
const AVANT = 5 * 60 * 1000;
const reste = Number(cadre.dataset.fin) * 1000 - Date.now() - AVANT;
setTimeout(() => {
  cadre.classList.add("session--proche");
  cadre.querySelector("[role=status]").textContent =
    "Votre session se ferme dans moins de cinq minutes.";
}, Math.max(0, reste));
