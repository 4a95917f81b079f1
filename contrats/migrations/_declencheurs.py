"""What a constraint of one row cannot say: who may sign is told by another table.

An organisation that asked to take part signs after both parties agreed, by no other door. Whoever
signed the same contract already keeps doing so, and the two parties always do: a request, which
anybody may write in their name, takes nothing from them. Two
triggers say it to SQLite and to PostgreSQL in the same words, a third keeps a signed deed in its
contract. A change of these tables on SQLite makes them anew and loses their triggers: the tests
of constraints would then fail, and the migration must write them again.
"""

from django.db import migrations

PAS_D_ACCORD = """
    EXISTS (SELECT 1 FROM partenaires_partenaire p
             WHERE p.id = NEW.partenaire_id AND p.est_candidat)
    OR (EXISTS (SELECT 1 FROM contrats_adhesion d, partenaires_partenaire p
                 WHERE d.partenaire_id = NEW.partenaire_id AND d.statut <> 'retiree'
                   AND p.id = NEW.partenaire_id AND p.partie = '')
        AND NOT EXISTS (
            SELECT 1 FROM contrats_adhesion d, contrats_acte a
             WHERE d.partenaire_id = NEW.partenaire_id AND d.statut = 'accordee'
               AND a.id = NEW.acte_id AND (a.contrat_id IS NULL OR a.contrat_id = d.contrat_id))
        AND NOT EXISTS (
            SELECT 1 FROM contrats_signature s, contrats_acte b, contrats_acte a
             WHERE s.partenaire_id = NEW.partenaire_id AND b.id = s.acte_id
               AND a.id = NEW.acte_id AND (a.contrat_id IS NULL OR a.contrat_id = b.contrat_id)))
"""
PAS_ADMIS = """
    OLD.est_candidat AND NOT NEW.est_candidat
    AND NOT EXISTS (SELECT 1 FROM contrats_adhesion d
                     WHERE d.partenaire_id = NEW.id AND d.statut = 'accordee')
"""
DEJA_SIGNE = """
    COALESCE(OLD.contrat_id, 0) <> COALESCE(NEW.contrat_id, 0)
    AND EXISTS (SELECT 1 FROM contrats_signature s WHERE s.acte_id = NEW.id)
"""
# Name of the rule, its table, what fires it, when it refuses.
REGLES = [
    (
        "signature_apres_accord",
        "contrats_signature",
        ["INSERT", "UPDATE OF acte_id, partenaire_id"],
        PAS_D_ACCORD,
    ),
    ("partenaire_admis_par_les_deux", "partenaires_partenaire", ["UPDATE"], PAS_ADMIS),
    ("acte_signe_garde_son_contrat", "contrats_acte", ["UPDATE"], DEJA_SIGNE),
]


def poser(apps, schema_editor):
    for regle in REGLES:
        for ordre in ORDRES[schema_editor.connection.vendor](*regle):
            schema_editor.execute(ordre)


def oter(apps, schema_editor):
    est_postgresql = schema_editor.connection.vendor == "postgresql"
    for nom, table, evenements, _condition in REGLES:
        for rang in range(len(evenements)):
            ou = f" ON {table}" if est_postgresql else ""
            schema_editor.execute(f"DROP TRIGGER {nom}_{rang}{ou}")
        if est_postgresql:
            schema_editor.execute(f"DROP FUNCTION {nom}()")


def _pour_sqlite(nom, table, evenements, condition):
    for rang, evenement in enumerate(evenements):
        yield (
            f"CREATE TRIGGER {nom}_{rang} BEFORE {evenement} ON {table} WHEN {condition} "
            f"BEGIN SELECT RAISE(ABORT, '{nom}'); END"
        )


def _pour_postgresql(nom, table, evenements, condition):
    yield (
        f"CREATE FUNCTION {nom}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {condition} THEN RAISE EXCEPTION '{nom}' USING ERRCODE = 'check_violation'; "
        f"END IF; RETURN NEW; END $$"
    )
    for rang, evenement in enumerate(evenements):
        yield (
            f"CREATE TRIGGER {nom}_{rang} BEFORE {evenement} ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {nom}()"
        )


ORDRES = {"sqlite": _pour_sqlite, "postgresql": _pour_postgresql}


POSER = migrations.RunPython(poser, oter)
