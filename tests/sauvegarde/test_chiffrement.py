"""The encryption of backups: whatever is not what was written is refused before it is given."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pacte.sauvegarde import chiffrement
from pacte.sauvegarde.chiffrement import MAGIE, MARQUE, PREFIXE, SEL, Chiffreur, Dechiffreur
from pacte.sauvegarde.refus import SauvegardeRefusee

SECRET = "une clé tirée au hasard, assez longue pour un essai"
ENTETE = len(MAGIE) + SEL + PREFIXE
MORCEAU = 16


@pytest.fixture(autouse=True, scope="module")
def _petits_morceaux():
    with pytest.MonkeyPatch.context() as remplacements:
        remplacements.setattr(chiffrement, "MORCEAU", MORCEAU)
        yield


def chiffrer(clair: bytes, pas: int = 7) -> bytes:
    sortie = io.BytesIO()
    chiffreur = Chiffreur(sortie, SECRET)
    for debut in range(0, len(clair), pas):
        chiffreur.write(clair[debut : debut + pas])
    chiffreur.fermer()
    return sortie.getvalue()


def dechiffrer(chiffre: bytes, secret: str = SECRET) -> bytes:
    return io.BufferedReader(Dechiffreur(io.BytesIO(chiffre), secret)).read()


@given(st.binary(max_size=5 * MORCEAU), st.integers(1, 40))
def test_ce_qui_est_chiffre_se_relit(clair, pas):
    chiffre = chiffrer(clair, pas)

    assert dechiffrer(chiffre) == clair
    assert len(chiffre) == ENTETE + len(clair) + MARQUE * max(1, -(-len(clair) // MORCEAU))


def test_deux_fois_le_meme_texte_ne_donne_pas_le_meme_fichier():
    assert chiffrer(b"a" * 40)[ENTETE:] != chiffrer(b"a" * 40)[ENTETE:]


def refuse(chiffre: bytes, secret: str = SECRET) -> bool:
    with pytest.raises(SauvegardeRefusee, match="ne se déchiffre pas"):
        dechiffrer(chiffre, secret)
    return True


def test_chaque_octet_change_et_chaque_fin_coupee_se_voient():
    chiffre = chiffrer(bytes(range(3 * MORCEAU)))

    for rang in range(len(MAGIE), len(chiffre)):
        assert refuse(chiffre[:rang] + bytes([chiffre[rang] ^ 1]) + chiffre[rang + 1 :])
        assert refuse(chiffre[:rang])
    assert refuse(chiffre + b"a")


def test_des_morceaux_deplaces_repetes_ou_retires_se_voient():
    chiffre = chiffrer(bytes(range(3 * MORCEAU)))
    entete, taille = chiffre[:ENTETE], MORCEAU + MARQUE
    un, deux, trois = (chiffre[ENTETE + n * taille : ENTETE + (n + 1) * taille] for n in range(3))

    assert dechiffrer(entete + un + deux + trois)
    for morceaux in ([deux, un, trois], [un, trois], [un, un, deux, trois], [un, deux], [trois]):
        assert refuse(entete + b"".join(morceaux))


def test_une_autre_cle_ne_lit_rien():
    assert refuse(chiffrer(b"un texte"), SECRET + ".")


@pytest.mark.parametrize(("secret", "dit"), [("", "Il manque la clé"), ("court", "32 caractères")])
def test_sans_cle_ou_avec_une_cle_qui_se_devine_rien_ne_s_ecrit(secret, dit):
    sortie = io.BytesIO()

    with pytest.raises(SauvegardeRefusee, match=dit):
        Chiffreur(sortie, secret)
    assert sortie.getvalue() == b""
