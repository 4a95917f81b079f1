// Escape folds the menu of the account, as people expect of a menu; it opens without this script.
const menu = document.querySelector(".compte-menu");
menu.addEventListener("keydown", (touche) => {
  if (touche.key !== "Escape" || !menu.open) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});
