// Reads answers of the portal (JSON, on the input) and prints what the MDN HTTP Observatory makes of
// each: its own tests and scores, without its network. `.ci/observatoire.py` calls it.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const paquet = process.argv[2];
const importer = (chemin) => import(pathToFileURL(`${paquet}/${chemin}`).href);

// The list of names built in browsers is fetched from the web when the package is installed; ours is
// in none, so an empty one says the same.
mkdirSync(`${paquet}/conf`, { recursive: true });
writeFileSync(`${paquet}/conf/hsts-preload.json`, "{}");

const { Requests } = await importer("src/types.js");
const { ALL_TESTS } = await importer("src/constants.js");
const { parseHttpEquivHeaders } = await importer("src/retriever/utils.js");
const { getGradeForScore, getScoreModifier } = await importer("src/grader/grader.js");
const { MINIMUM_SCORE_FOR_EXTRA_CREDIT } = await importer("src/grader/charts.js");
const { AxiosHeaders } = await importer("../../axios/index.js");
const { CookieJar } = await importer("../../tough-cookie/dist/cookie/index.js").then((m) => m.default ?? m);

function enReponse({ statut, entetes, adresse }) {
  const headers = new AxiosHeaders(entetes);
  return { status: statut, headers, verified: true, config: { headers: new AxiosHeaders() }, request: { adresse } };
}

function enDemandes(page) {
  const lues = new Requests(new URL(page.adresse).hostname);
  const reponse = enReponse(page);
  reponse.httpEquiv = page.entetes["content-type"]?.startsWith("text/html")
    ? parseHttpEquivHeaders(page.corps, page.adresse)
    : new Map();
  Object.assign(lues.responses, { auto: reponse, https: reponse, http: reponse });
  lues.responses.cors = enReponse(page.cors);
  lues.responses.httpRedirects = page.chemin_http.map((url) => ({ url: new URL(url), status: 301 }));
  lues.responses.httpsRedirects = lues.responses.httpRedirects;
  lues.resources.path = page.corps;
  const jar = new CookieJar();
  for (const cookie of page.entetes["set-cookie"] ?? []) jar.setCookieSync(cookie, page.adresse);
  lues.session = { jar, url: new URL(page.adresse) };
  return lues;
}

function noter(page) {
  const demandes = enDemandes(page);
  const resultats = ALL_TESTS.map((essai) => essai(demandes)).filter((r) => r.result);
  const points = resultats.map((r) => [r.result, getScoreModifier(r.result)]);
  const sansBonus = points.reduce((somme, [, p]) => somme + Math.min(p, 0), 100);
  const avecBonus = points.reduce((somme, [, p]) => somme + p, 100);
  const { score, grade } = getGradeForScore(sansBonus >= MINIMUM_SCORE_FOR_EXTRA_CREDIT ? avecBonus : sansBonus);
  const echecs = resultats.filter((r) => !r.pass).map((r) => r.result);
  return { nom: page.nom, score, grade, echecs, points };
}

console.log(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(noter)));
