"use strict";

// The year's grids: totals and parity while typing, arrows, a block pasted, a value copied down.
// Without this script the same page saves, reads a pasted block, and counts after saving.
document.querySelectorAll("[data-grille]").forEach((grille) => {
  const INSECABLE = "\u00a0";
  const CASE = "td input[inputmode]";
  const MESURES = [...grille.querySelectorAll("th[data-mesure]")].map((th) => th.dataset.mesure);
  const cases = () => [...grille.querySelectorAll(CASE)];

  // Cents, null when unknown, undefined when it is not an amount.
  const lire = (texte) => {
    let net = texte.replace(/[\s\u00a0\u202f€%']/g, "");
    if (!net || net === "–" || net === "—" || net === "n.c.") return null;
    if (net.includes(",") && net.includes(".")) {
      net = net.replaceAll(net.lastIndexOf(",") > net.lastIndexOf(".") ? "." : ",", "");
    }
    net = net.replace(",", ".");
    return /^\+?\d+(\.\d{0,2})?$/.test(net) ? Math.round(parseFloat(net) * 100) : undefined;
  };

  const euros = (cents) => {
    const entier = Math.floor(cents / 100).toString().replace(/\B(?=(\d{3})+$)/g, "\u202f");
    const reste = cents % 100;
    return `${entier}${reste ? `,${String(reste).padStart(2, "0")}` : ""}${INSECABLE}€`;
  };

  // The rows that exist or will: those with a cell filled in.
  const rangees = () =>
    [...grille.querySelectorAll("tbody tr")].map((ligne) => {
      const valeurs = {};
      // Measures are the last cells of a row, in the order of their headings.
      [...ligne.querySelectorAll("td")].slice(-MESURES.length).forEach((cellule, rang) => {
        const texte = cellule.querySelector(CASE)?.value ?? cellule.textContent;
        valeurs[MESURES[rang]] = lire(texte);
      });
      const existe = Object.values(valeurs).some((valeur) => valeur !== null);
      return { ...ligne.parentElement.dataset, ...ligne.dataset, valeurs, existe };
    }).filter((rangee) => rangee.existe);

  const additionner = (lignes, mesure) => {
    const montants = lignes.map((ligne) => ligne.valeurs[mesure]);
    const connus = montants.filter((montant) => typeof montant === "number");
    return {
      somme: connus.length ? connus.reduce((a, b) => a + b, 0) : null,
      exact: connus.length > 0 && connus.length === montants.length,
    };
  };

  const juger = (etat, departement, part, tolerance) => {
    const manque = [];
    if (!etat.exact) manque.push("de l’État");
    if (!departement.exact) manque.push("du Département");
    if (manque.length) return `parité non calculable, montant ${manque.join(" et ")} inconnu`;
    const ensemble = etat.somme + departement.somme;
    const ecart = etat.somme - Math.round((ensemble * part) / 100);
    if (!ecart) return "parité exacte";
    const dans = Math.abs(ecart) <= (ensemble * tolerance) / 100 ? "dans la tolérance" : "écart";
    const sens = ecart > 0 ? "plus" : "moins";
    return `${dans}, l’État prévoit ${euros(Math.abs(ecart))} de ${sens} que sa part`;
  };

  const compter = () => {
    const lignes = rangees();
    grille.querySelectorAll("[data-total]").forEach((cellule) => {
      const { somme, exact } = additionner(lignes, cellule.dataset.total);
      const dit = somme === null ? "non communiqué" : euros(somme);
      cellule.textContent = somme === null || exact ? dit : `au moins ${dit}`;
    });
    grille.querySelectorAll("[data-parite]").forEach((verdict) => {
      const { parite, part, tolerance } = verdict.dataset;
      const de = (partie) =>
        additionner(lignes.filter((l) => l.volet === parite && l.partie === partie), "prevu");
      const dit = juger(de("etat"), de("departement"), Number(part), Number(tolerance));
      verdict.querySelector("span").textContent = dit;
    });
  };

  // The open cells as a table: row by row, in the order of the page.
  const tableau = () =>
    [...grille.querySelectorAll("tbody tr")]
      .map((ligne) => [...ligne.querySelectorAll(CASE)])
      .filter((ligne) => ligne.length);

  const situer = (champ) => {
    const lignes = tableau();
    const y = lignes.findIndex((ligne) => ligne.includes(champ));
    return { lignes, y, x: lignes[y].indexOf(champ) };
  };

  const aller = (champ, pas) => {
    const { lignes, y, x } = situer(champ);
    const voisine = lignes[y + pas]?.[x];
    if (voisine) {
      voisine.focus();
      voisine.select();
    }
  };

  const coller = (champ, texte) => {
    const { lignes, y, x } = situer(champ);
    texte.replace(/\r?\n$/, "").split(/\r?\n/).forEach((rangee, dy) => {
      rangee.split("\t").forEach((valeur, dx) => {
        const cible = lignes[y + dy]?.[x + dx];
        if (cible) cible.value = valeur.trim();
      });
    });
    compter();
  };

  const recopier = (champ) => {
    const { lignes, y, x } = situer(champ);
    lignes.slice(y + 1).forEach((ligne) => {
      if (ligne[x] && !ligne[x].value) ligne[x].value = champ.value;
    });
    compter();
  };

  grille.addEventListener("input", compter);
  grille.addEventListener("keydown", (evenement) => {
    const champ = evenement.target;
    if (!champ.matches(CASE)) return;
    const pas = { ArrowDown: 1, ArrowUp: -1, Enter: 1 }[evenement.key];
    if (evenement.key === "ArrowDown" && evenement.altKey) recopier(champ);
    else if (pas) aller(champ, pas);
    else return;
    evenement.preventDefault();
  });
  grille.addEventListener("paste", (evenement) => {
    const texte = evenement.clipboardData.getData("text");
    if (!evenement.target.matches(CASE) || !/[\t\n]/.test(texte.trim())) return;
    evenement.preventDefault();
    coller(evenement.target, texte);
  });

  let derniere = null;
  grille.addEventListener("focusin", (evenement) => {
    if (evenement.target.matches(CASE)) derniere = evenement.target;
  });
  if (cases().length) {
    const bouton = document.createElement("button");
    bouton.type = "button";
    bouton.className = "button";
    bouton.textContent = "Recopier la dernière cellule vers le bas, dans les vides (Alt + ↓)";
    bouton.addEventListener("click", () => derniere && recopier(derniere));
    grille.querySelector(".grille__barre").append(bouton);
  }
  document.getElementById("fautes")?.focus();
});
