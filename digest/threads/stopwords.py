"""Words that say nothing about what a text reports, by language; written by hand, short on purpose.

Only function words stand here, and the verbs of saying in English that every report carries.
Numbers, dates and names are never stop words: templates such as "Day 5 results" differ in nothing else.
Of Chinese also single characters: a pair of neighbours that holds one is grammar. Japanese needs none, since its
grammar is written in hiragana, and pairs of hiragana are no terms.
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
            aber alle als also am an auch auf aus bei beim bereits bis da dabei dafur damit dann das dass dazu
            dem den denen denn der deren des dessen die dies diese diesem diesen dieser dieses doch du durch
            ein eine einem einen einer eines er es etwa etwas fur gegen gibt habe haben hat hatte hatten hier
            ich ihm ihn ihnen ihr ihre ihrem ihren ihrer im immer in ins ist ja jede jeder jedes jetzt kann
            kein keine konnen konnte konnten laut man mehr mich mir mit muss mussen nach nicht noch nun nur ob
            oder ohne sagt sagte schon sehr sei seien sein seine seinem seinen seiner seit sich sie sind so
            soll sollen sollte sowie uber um und uns unter vom von vor wahrend war waren was wegen weil wenn
            werden wie wieder will wir wird worden wurde wurden zu zum zur zwischen""",
        "fr": """
            ai ainsi alors apres as au aura aussi autre aux avaient avait avant avec avoir bien ca car ce ceci
            cela celle celles celui ces cet cette ceux chez comme contre dans de deja depuis des deux dit doit
            doivent donc dont du elle elles en encore entre est et etaient etait ete etre eux fait faut font
            ici il ils je jusqu la le les leur leurs lors lorsque lui ma mais meme mes moins mon ne ni nos
            notre nous on ont ou par parce pas pendant peut peuvent plus plusieurs pour puis qu quand que quel
            quelle qui sa sans se selon sera serait ses si son sont sous sur ta tandis toujours tous tout
            toute toutes tres tu un une va vers vont vos votre vous""",
        "es": """
            ahora al algo ante antes asi aun aunque bajo cada casi como con contra cual cuando de debe del
            desde despues dice dijo donde dos durante e el ella ellas ellos en entre era es esa esas ese eso
            esos esta estaba estaban estan estas este esto estos fue fueron ha habia habian hace han hasta hay
            hubo la las le les lo los luego mas me mi mientras misma mismo muy ni no nos nuestra nuestro o
            otra otro para pero podria por porque puede pueden que quien se sean segun ser sera seran si sido
            siempre sin sino sobre solo son su sus tambien tan te tiene toda todas todo todos tras un una uno
            unos y ya yo""",
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
            а без более будет будут бы был была были было быть в вам вас весь во вот все всего всем всех вы
            где да даже для до его ее ей ему если есть еще же за заявил заявила здесь и из или им их к как
            когда которая которого которой котором которые который которых кто ли либо лишь между меня мне
            могут может можно мы на над нам нас не него нее ней нему нет ни ним них но ну о об однако он она
            они оно от перед по под после потому почти при про с сам свои своих себя сейчас сказал сказала со
            сообщил сообщили среди стал стала стали стало так также такой там тем теперь тех то тогда того
            тоже только том у уже хотя чего чем через что чтобы эта эти этим этих это этого этой этом этому
            этот я""",
        "ar": """
            اذا الا التي الذي الذين الى ان انها انه او اي ايضا اكد بعد بها به بين تلك ثم حتى حول حيث ذلك عبر عليه عليها
            على عن عند غير فان فيه فيها في قال قالت قبل قد كان كانت كل كما لا لكن لم لن لها له ليس ما مع من منها منه منذ
            هذا هذه هم هناك هو هي وقد وقال وكان وفي ولا ومن وهو وهي وان يكون خلال كانوا لدى دون هل وما وهذا وهذه
            الان من""",
        "zh": """
            的 了 是 在 和 与 也 就 都 而 及 将 被 把 对 为 于 这 那 其 从 但 并 或 之 我们 他们 她们 你们 没有
            已经 因为 所以 如果 可以 进行 表示 目前 以及""",
    }.items()
}
