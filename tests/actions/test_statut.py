"""Where an action stands: its bulletins say it, its milestones may say that it is late."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils.timezone import localdate

from actions.models import JOURS_SANS_NOUVELLES, Action, Jalon, PointEtape, Situation, StatutAction
from actions.models.echeance import q_active_en
from pacte.socle.models import EntreeJournal
from pacte.socle.typographie import date_fr
from tests.comptes.gestes import lire
from tests.fabriques import creer_action, creer_point
from tests.lecture import lisible

pytestmark = pytest.mark.django_db


def _jours(nombre: int) -> date:
    return localdate() + timedelta(days=nombre)


def _jalon(action, prevu_le, atteint_le=None) -> Jalon:
    return Jalon.objects.create(
        action=action, libelle="Étape", prevu_le=prevu_le, atteint_le=atteint_le
    )


def _avancement(action) -> tuple:
    action.refresh_from_db()
    return action.statut, action.motif, action.reportee_au, action.statut_le


def test_une_action_prend_le_statut_de_son_dernier_point(agent_departement):
    action = creer_action()
    creer_point(action, _jours(-10), "a_lancer")
    creer_point(action, _jours(-1), "reportee", motif="Gel", reportee_au=_jours(30))
    creer_point(action, _jours(-5), "en_cours")

    action.reprendre_statut(par=agent_departement)

    assert _avancement(action) == ("reportee", "Gel", _jours(30), _jours(-1))


def test_de_deux_points_du_meme_jour_le_dernier_saisi_compte(agent_departement):
    action = creer_action()
    creer_point(action, _jours(-1), "a_lancer")
    creer_point(action, _jours(-1), "en_cours")

    action.reprendre_statut(par=agent_departement)

    assert action.statut == StatutAction.EN_COURS


def test_supprimer_le_dernier_point_rend_le_precedent(agent_departement):
    action = creer_action()
    creer_point(action, _jours(-10), "en_cours")
    dernier = creer_point(action, _jours(-1), "suspendue", motif="Gel")
    action.reprendre_statut(par=agent_departement)

    dernier.delete()
    action.reprendre_statut(par=agent_departement)

    assert _avancement(action) == ("en_cours", "", None, _jours(-10))


def test_sans_point_le_statut_redevient_non_communique(agent_departement):
    action = creer_action()
    point = creer_point(action, _jours(-1), "abandonnee", motif="Sans objet")
    action.reprendre_statut(par=agent_departement)

    point.delete()
    action.reprendre_statut(par=agent_departement)

    assert _avancement(action) == ("non_renseigne", "", None, None)


def test_le_journal_garde_le_statut_avant_et_apres(agent_departement):
    action = creer_action()
    creer_point(action, _jours(-1), "en_cours")

    action.reprendre_statut(par=agent_departement)

    entree = EntreeJournal.objects.get()
    assert (entree.fait, entree.par) == ("actions.statut_change", agent_departement)
    assert (entree.avant, entree.apres) == ({"statut": "non_renseigne"}, {"statut": "en_cours"})


def test_reprendre_deux_fois_le_meme_statut_n_ecrit_rien(agent_departement):
    action = creer_action()
    creer_point(action, _jours(-1), "en_cours")
    action.reprendre_statut(par=agent_departement)
    modifiee_le = action.modifiee_le

    action.reprendre_statut(par=agent_departement)

    action.refresh_from_db()
    assert action.modifiee_le == modifiee_le
    assert EntreeJournal.objects.count() == 1


def test_un_agent_de_l_etat_ne_change_pas_un_statut(agent_etat):
    action = creer_action()
    creer_point(action, _jours(-1), "en_cours")

    with pytest.raises(PermissionDenied):
        action.reprendre_statut(par=agent_etat)

    assert _avancement(action)[0] == "non_renseigne"


@pytest.mark.parametrize(
    ("champs", "raison"),
    [
        ({"statut": "suspendue"}, "pour un motif"),
        ({"statut": "abandonnee"}, "pour un motif"),
        ({"statut": "reportee", "motif": "Gel"}, "nouvelle date"),
        ({"statut": "non_renseigne"}, "Dire où en est l’action"),
        ({"statut": "en_cours", "le": 1}, "aujourd’hui au plus tard"),
    ],
)
def test_un_point_incomplet_est_refuse(champs, raison):
    le = _jours(champs.pop("le", 0))
    point = PointEtape(action=creer_action(), le=le, **champs)

    with pytest.raises(ValidationError) as refus:
        point.full_clean()

    assert raison in " ".join(refus.value.messages)


@pytest.mark.parametrize(
    "champs",
    [
        {"statut": "suspendue", "motif": "Gel"},
        {"statut": "reportee", "motif": "Gel", "reportee_au": date(2027, 1, 1)},
        {"statut": "realisee"},
    ],
)
def test_un_point_complet_du_jour_est_accepte(champs):
    point = PointEtape(action=creer_action(), le=localdate(), **champs)

    point.full_clean()
    point.save()

    assert PointEtape.objects.get().statut == champs["statut"]


def test_un_jalon_ne_s_atteint_pas_demain():
    jalon = Jalon(action=creer_action(), libelle="Étape", prevu_le=_jours(5), atteint_le=_jours(1))

    with pytest.raises(ValidationError, match="au plus tard aujourd’hui"):
        jalon.full_clean()


@pytest.mark.parametrize("atteint", [None, 0, -1])
def test_un_jalon_s_atteint_aujourd_hui_ou_avant_ou_pas_encore(atteint):
    atteint_le = None if atteint is None else _jours(atteint)

    Jalon(
        action=creer_action(), libelle="Étape", prevu_le=_jours(5), atteint_le=atteint_le
    ).full_clean()


def test_un_jalon_atteint_n_est_ni_depasse_ni_a_venir():
    action = creer_action(statut="en_cours")
    attendu, atteint = _jalon(action, _jours(-5)), _jalon(action, _jours(-5), _jours(-1))
    a_venir = _jalon(action, _jours(5))
    _jalon(action, _jours(5), _jours(-1))

    assert (attendu.est_depasse, atteint.est_depasse) == (True, False)
    assert list(Jalon.objects.a_venir()) == [a_venir]


# Status, planned end, milestones (planned, reached) in days from today → late or not.
RETARDS = [
    ("en_cours", None, [], False),
    ("en_cours", -1, [], True),
    ("en_cours", 0, [], False),
    ("en_cours", 10, [(-1, None)], True),
    ("en_cours", 10, [(0, None)], False),
    ("en_cours", 10, [(-5, -1)], False),
    ("en_cours", None, [(-5, -1), (-2, None)], True),
    ("non_renseigne", -1, [], True),
    ("realisee", -1, [(-5, None)], False),
    ("abandonnee", -1, [], False),
    ("suspendue", -1, [(-5, None)], False),
]


@pytest.mark.parametrize(("statut", "fin", "jalons", "attendu"), RETARDS)
def test_le_retard_se_juge_sur_les_dates_du_jour(statut, fin, jalons, attendu):
    motif = "Sans objet" if statut in ("abandonnee", "suspendue") else ""
    fin_prevue = None if fin is None else _jours(fin)
    action = creer_action(statut=statut, motif=motif, fin_prevue=fin_prevue)
    for prevu, atteint in jalons:
        _jalon(action, _jours(prevu), None if atteint is None else _jours(atteint))

    en_retard = Action.objects.en_retard()
    lue = Action.objects.with_echeance().get()

    assert [a.pk for a in en_retard] == ([action.pk] if attendu else [])
    assert lue.est_en_retard is attendu


@pytest.mark.parametrize(("nouvelle", "attendu"), [(30, False), (0, False), (-1, True)])
def test_une_action_reportee_se_juge_a_sa_nouvelle_date(nouvelle, attendu):
    action = creer_action(
        statut="reportee", motif="Gel", reportee_au=_jours(nouvelle), fin_prevue=_jours(-60)
    )
    jalon = _jalon(action, _jours(-90))

    lue = Action.objects.with_echeance().get()

    assert (lue.echeance, lue.est_en_retard) == (_jours(nouvelle), attendu)
    assert not jalon.est_depasse


def test_une_nouvelle_date_ne_compte_que_tant_que_l_action_est_reportee():
    """It started again before that date, which its last bulletin still told."""
    creer_action(statut="en_cours", reportee_au=_jours(-1), fin_prevue=_jours(30))

    assert not Action.objects.en_retard().exists()
    assert Action.objects.with_echeance().get().echeance == _jours(30)


def test_les_plus_longs_retards_se_lisent_d_abord_puis_par_code():
    for code, jours in (("A-2", -1), ("A-3", -9), ("A-1", -1)):
        creer_action(code=code, fin_prevue=_jours(jours))

    en_retard = Action.objects.en_retard_au(localdate())

    assert [action.code for action in en_retard] == ["A-3", "A-1", "A-2"]


def test_la_date_montree_est_toujours_celle_qui_fait_le_retard(client):
    """A planned end that has passed, before a milestone to come: the first date is the one."""
    creer_action(statut="en_cours", fin_prevue=_jours(-40))
    mixte = creer_action(statut="en_cours", fin_prevue=_jours(-3))
    _jalon(mixte, _jours(400))
    creer_action(statut="en_cours", fin_prevue=_jours(5))

    liste = lisible(lire(client.get("/actions/")))

    for action in Action.objects.with_echeance():
        etiquette = "Attendue depuis le" if action.echeance < localdate() else "Prochaine échéance"
        assert f"{etiquette} <strong>{lisible(date_fr(action.echeance))}</strong>" in liste
        assert action.est_en_retard == (action.echeance < localdate())


def test_le_retard_se_dit_sur_la_fiche_et_dans_la_liste(client):
    action = creer_action(statut="en_cours", fin_prevue=_jours(-1))
    creer_action(statut="en_cours", fin_prevue=_jours(1))

    fiche = client.get(action.get_absolute_url()).content.decode()
    liste = client.get("/actions/").content.decode()

    assert fiche.count(">En retard</span>") == 1
    assert liste.count(">En retard</span>") == 1


def test_sans_nouvelles_compte_quatre_vingt_dix_jours():
    limite = -JOURS_SANS_NOUVELLES
    jamais = creer_action()
    vieille = creer_action(statut="en_cours", statut_le=_jours(limite - 1))
    creer_action(statut="en_cours", statut_le=_jours(limite))
    creer_action(statut="realisee", statut_le=_jours(limite - 1))
    creer_action(publication="brouillon", visible_depuis=None)

    sans_nouvelles = Action.objects.visibles().sans_nouvelles()

    assert JOURS_SANS_NOUVELLES == 90
    assert set(sans_nouvelles) == {jamais, vieille}


@pytest.mark.parametrize(("jours", "est_proche"), [(-1, False), (0, True), (60, True), (61, False)])
def test_une_echeance_est_proche_d_aujourd_hui_a_soixante_jours(jours, est_proche):
    action = creer_action(fin_prevue=_jours(jours))
    creer_action(fin_prevue=_jours(jours), statut="realisee")
    creer_action()

    assert list(Action.objects.en_situation(Situation.ECHEANCE_PROCHE)) == (
        [action] if est_proche else []
    )


def test_chaque_doute_de_la_reprise_du_texte_est_a_confirmer():
    doutes = ("fusion_a_confirmer", "axe_a_confirmer", "partenaires_a_confirmer")
    marquees = {creer_action(**{doute: True}) for doute in doutes}
    creer_action()

    assert set(Action.objects.a_confirmer()) == marquees


def test_plusieurs_situations_s_ajoutent_et_aucune_ne_garde_rien():
    en_retard = creer_action(fin_prevue=_jours(-1), statut_le=_jours(0), statut="en_cours")
    a_confirmer = creer_action(axe_a_confirmer=True, statut_le=_jours(0), statut="en_cours")

    actions = Action.objects.all()

    assert set(actions.en_situation("en_retard")) == {en_retard}
    assert set(actions.en_situation("en_retard", "a_confirmer")) == {en_retard, a_confirmer}
    assert set(actions.en_situation()) == set()


@pytest.mark.parametrize(
    ("debut", "fin", "annees"),
    [
        (None, None, set()),
        (date(2025, 12, 31), None, {2025, 2026, 2027}),
        (None, date(2025, 1, 1), {2024, 2025}),
        (date(2025, 6, 1), date(2026, 1, 1), {2025, 2026}),
        (date(2025, 6, 1), date(2025, 6, 1), {2025}),
        (date(2028, 1, 1), None, set()),
    ],
)
def test_une_action_est_active_les_annees_de_son_calendrier(debut, fin, annees):
    creer_action(debut_prevu=debut, fin_prevue=fin)

    trouvees = {a for a in range(2024, 2028) if Action.objects.filter(q_active_en(a)).exists()}

    assert trouvees == annees


def test_les_jalons_a_venir_et_depasses_ignorent_les_actions_closes():
    ouverte, close = creer_action(), creer_action(statut="realisee")
    venir, depasse = _jalon(ouverte, _jours(0)), _jalon(ouverte, _jours(-1))
    _jalon(ouverte, _jours(-1), atteint_le=_jours(-1))
    de_la_close = [_jalon(close, _jours(jours)) for jours in (-1, 1)]

    assert list(Jalon.objects.a_venir()) == [venir]
    assert (venir.est_depasse, depasse.est_depasse) == (False, True)
    assert not any(jalon.est_depasse for jalon in de_la_close)


def test_l_echeance_est_le_prochain_jalon_puis_la_fin():
    action = creer_action(fin_prevue=_jours(30))
    sans_jalon = creer_action(fin_prevue=_jours(30))
    inconnue = creer_action()
    _jalon(action, _jours(-9), atteint_le=_jours(-8))
    for jours in (20, 10):
        _jalon(action, _jours(jours))

    echeances = {a.pk: a.echeance for a in Action.objects.with_echeance()}

    assert echeances == {action.pk: _jours(10), sans_jalon.pk: _jours(30), inconnue.pk: None}


def test_un_objectif_d_un_autre_volet_est_refuse():
    action, autre = creer_action(), creer_action()
    action.objectif = autre.volet.objectifs.create(numero=1, texte="Un objectif")

    with pytest.raises(ValidationError, match="d’un autre volet"):
        action.full_clean()


def test_un_statut_s_accorde_en_nombre():
    assert StatutAction.REALISEE.accorde(1) == "réalisée"
    assert StatutAction.REALISEE.accorde(2) == "réalisées"
    assert StatutAction.EN_COURS.accorde(2) == "en cours"
    assert StatutAction.A_L_ETUDE.accorde(2) == "à l’étude"
    assert StatutAction.NON_RENSEIGNE.accorde(3) == "statuts non communiqués"


def test_un_statut_est_communique_des_le_premier_point(agent_departement):
    action = creer_action()
    assert not action.statut_est_communique

    creer_point(action, localdate(), "en_cours")
    action.reprendre_statut(par=agent_departement)

    assert action.statut_est_communique
