"""Words that say nothing about what a text reports, by language; written by hand, short on purpose.

Only function words stand here, and the verbs of saying in English that every report carries.
Numbers, dates and names are never stop words: templates such as "Day 5 results" differ in nothing else.
All words are folded as ``words.fold`` folds them: lower case, no accents.
"""

from __future__ import annotations

STOP_WORDS = {
    language: frozenset(text.split())
    for language, text in {
        "en": """
            a about after again all also am an and any are as at be because been before being but by can
            could did do does doing down during each few for from further had has have having he her here
            hers him his how i if in into is it its itself just may me might more most must my new no nor
            not now of off on once only or other our out over own per said same say says she should so some
            such than that the their them then there these they this those through to too under until up
            upon via was we were what when where which while who whom why will with without would you your""",
        "de": """
            aber alle als also am an auch auf aus bei beim bis da damit dann das dass dem den der des die
            dies diese diesem diesen dieser dieses doch du durch ein eine einem einen einer eines er es etwa
            fur gegen hat hatte ich ihm ihn ihr ihre ihren im in ins ist ja jetzt kann kein keine konnen
            mehr mit nach nicht noch nun nur ob oder ohne sein seine seinen seiner seit sich sie sind so
            soll sollen uber um und uns unter vom von vor war waren was wegen weil wenn werden wie wieder
            will wir wird wurde wurden zu zum zur zwischen""",
        "fr": """
            apres au aussi autre aux avant avec avoir bien ce ceci cela ces cet cette ceux chez comme contre
            dans de depuis des deux donc dont du elle elles en encore entre est et etait ete etre eux fait
            font ici il ils je la le les leur leurs lors lui mais meme moins ne ni nous on ont ou par pas
            pendant plus pour puis quand que quel quelle qui sa sans se selon sera ses si son sont sous sur
            ta tous tout toute toutes tres tu un une vers vous""",
        "es": """
            al algo ante antes asi aun aunque cada como con contra cual cuando de del desde donde dos
            durante e el ella ellas ellos en entre era es esa ese eso esta estan estas este esto estos fue
            fueron ha habia han hasta hay la las le les lo los mas me mi mientras muy ni no nos o otra otro
            para pero por porque que quien se segun ser si sido sin sobre son su sus tambien tan te tiene
            tras un una uno unos y ya yo""",
        "it": """
            a ad agli ai al alla alle allo anche ancora c che chi ci come con contro cosi cui da dai dal
            dalla dalle degli dei del della delle dello di dopo dove due e ecco ed era essere fa fino fra
            gia gli ha hanno i il in io la le lei lo loro lui ma mentre nei nel nella nelle noi non nostro o
            ogni ora per perche piu poi prima quando quanto quella quello questa questo se secondo sei senza
            si sia sono sta stata stato su sua sue sui sul sulla sulle suo suoi tra tutti tutto un una uno
            verso""",
        "pt": """
            a ao aos apos as ate com como contra da das de dela dele depois desde do dois dos durante e ela
            ele eles em entre era essa esse esta estao este eu foi foram ha isso isto ja la lhe mais mas me
            mesmo muito na nao nas nem no nos num numa o onde os ou para pela pelas pelo pelos por porque
            quando que quem se segundo sem ser seu seus sob sobre sua suas tambem tem ter um uma uns vai""",
        "nl": """
            aan al alle als bij binnen daar dan dat de deze die dit door dus een en er geen had heb hebben
            heeft het hier hij hoe hun ik in is je kan kunnen maar me meer men met mij moet na naar niet
            nieuwe nog nu of om onder ons ook op over te tegen toch tot tussen uit uw van vanaf veel volgens
            voor waar want waren was wat we wel werd werden wie wij wil worden wordt zal ze zei zich zij
            zijn zo zonder zou""",
        "ru": """
            а без более бы был была были было быть в вам вас во вот все всего вы где да для до его ее если
            есть еще же за и из или им их к как когда кто ли между меня мне может мы на над нам нас не него
            нее нет ни них но ну о об однако он она они оно от перед по под после потому почти при про с сам
            свои своих себя со так также такои там тем то того тоже только том у уже хотя чего чем что чтобы
            эта эти это этои этом этот я""",
    }.items()
}
