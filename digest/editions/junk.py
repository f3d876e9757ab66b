"""What publishing systems put around and between sentences: what no gist may show, and what stands before one.

The languages are those whose feeds were read for it; a rule is a general form, never one publisher's text.
"""

from __future__ import annotations

import re

_CALLS = "|".join(
    (
        # English
        r"read (?:more|on|the (?:full|whole|rest)|our|also|next)|continue reading|click (?:here|to|on|through)",
        r"(?:learn|find out|discover|see|view|show) more|more (?:details|information) (?:here|at)",
        r"subscribe (?:to|now|today|here|for)|subscribers only|unsubscribe|sign up (?:here|now|for (?:our|free))|"
        r"(?:our|this|free|daily|weekly) (?:\w+ )?newsletters?|log in to",
        r"(?:accept|uses?|our|these) (?:all )?cookies|cookies? (?:policy|settings|consent)|enable javascript",
        r"your browser|terms (?:of (?:use|service)|and conditions)|privacy policy|all rights reserved|copyright \d{4}",
        r"advertising feature|(?<!-)sponsored (?:content|post|article)|brought to you by|bring(?:ing)? you|(?:this|"
        r"last|next) (?:week|month|time|episode),? we|our sponsors?|promo code|affiliate (?:links?|commission)",
        r"earn (?:a|an affiliate) commission|free trial|already a (?:member|subscriber)|become a (?:member|patron|"
        r"supporter)",
        r"support (?:our|us|independent) (?:work|journalism|reporting|on)|follow (?:us|me|along|live|our|the latest)",
        r"let (?:us|me) know|tell us|check (?:it|us|this|them|me|out)\b|stay tuned|tune in|don['’]t miss|join us|"
        r"get ready",
        r"share this|send us|write to us|contact info|contact us|e-?mail us|leave a comment|join the (?:discussion|"
        r"conversation)",
        r"watch (?:the |this |our )?(?:full )?video|listen to (?:this|the (?:full|episode|podcast)|our)",
        r"(?:this|our|today['’]s) (?:podcast|episode)|in (?:this|today['’]s|the latest) (?:week['’]s )?(?:episode|"
        r"issue|edition|video|article|post|instal?lment|segment)|guest[- ]starring|special guest",
        r"and (?:much |so much |many )?more(?=\W*$)|here['’]s (?:what|why|how|everything|an?|some)|(?:what|"
        r"all) you need to know",
        r"live ?blog|live (?:updates|coverage)|as it happen(?:s|ed)|latest updates|minute[- ]by[- ]minute|"
        r"all times (?:are|in|gmt|et|local)",
        r"(?:first|originally) (?:appeared|published) (?:on|in|at|by)|appeared first on|last (?:updated|modified)",
        r"article has been (?:updated|corrected)|editor(?:['’]s|ial) note|min(?:ute)?s? read|(?:user|reader|editor|"
        r"our|critic)[’'s]* rating|spoilers? (?:follow|ahead)",
        r"additional reporting|editing by|written by|(?:story|photos?|images?|words|text|interview) by (?-i:[A-Z])|"
        r"source links?",
        r"article url|comments url|submitted by|\d+% off|(?:if|what) you(?:['’]re| are) (?:still )?(?:looking|after|"
        r"searching)|did you know|have you ever|ever wondered|horoscope",
        # captions
        r"getty images|shutterstock|istock|file (?:photo|image|picture)|(?:ap|afp|epa|reuters) (?:photo|images?)|"
        r"photo illustration",
        r"(?:toggle|image|media) caption|enlarge (?:this )?image|image copyright|in (?:this|an? (?:undated|handout|"
        r"file|aerial|archive|combination|video|still)) .{0,40}\b(?:photo|picture|image)",
        r"(?:this|an?|the) .{0,40}\b(?:photo|picture|image|handout|screen ?(?:grab|shot)|still|frame) (?:released|"
        r"provided|shows?|showing|taken|issued|made|shared|posted|obtained|from)|photo(?:graph)?s? (?:released|"
        r"provided|courtesy)",
        r"(?:is|are) (?:seen|pictured|shown)(?= (?:in|at|on|during|here|before|after|as|with|outside|above|below|"
        r"near))",
        r"looks? on (?:as|during|after|before)|gestures? (?:as|during|while|to)|poses? (?:for|with) (?:a |"
        r"the )?(?:\w+ )?(?:photo\w*|pictures?|portraits?|camera\w*)|pictured (?:above|below|here|left|right)",
        # German
        r"weiterlesen|mehr (?:lesen|dazu|erfahren)|zum artikel|lesen sie|jetzt (?:lesen|anmelden|abonnieren|testen)|"
        r"abonnieren",
        r"hier (?:klicken|geht es|gehts|geht['’]s)|bildquelle|symbol(?:bild|foto)|archiv(?:bild|foto)|liveticker|"
        r"im livestream",
        r"erschien zuerst|alle rechte vorbehalten|in dieser (?:folge|ausgabe|episode)|podcast-folge|horoskop",
        # French
        r"lire (?:la suite|plus|aussi|l['’]article)|en savoir plus|cliquez|abonnez-vous|s['’]abonner|inscrivez-vous|"
        r"est apparu en premier",
        r"photo d['’](?:illustration|archives?)|crédits? photos?|réservé aux abonnés|suivez (?:en direct|notre|nous)",
        r"tous droits réservés|image d['’]illustration",
        # Spanish, Portuguese
        r"leer? (?:más|también|la nota|el artículo)|sig(?:a|ue) leyendo|seguir leyendo|ha(?:z|ga) clic|suscríb\w+|"
        r"hazte \w+",
        r"se publicó primero|aparece primero|minuto a minuto|sig[aeu]\w* en vivo|todos los derechos|horóscopo|"
        r"imagen de archivo|foto de archivo",
        r"leia (?:mais|também)|continu[ea] (?:lendo|a ler)|saiba mais|clique (?:aqui|no)|assine (?:já|agora|o|a)|"
        r"inscreva-se|apareceu primeiro",
        r"acompanhe ao vivo|todos os direitos|foto de arquivo",
        # Italian, Dutch
        r"leggi (?:tutto|anche|di più|l['’]articolo)|continua a leggere|scopri di più|clicca (?:qui|su)|iscriviti|"
        r"abbonati",
        r"l['’]articolo .{5,200}proviene da|foto d['’]archivio|tutti i diritti|oroscopo|lees (?:meer|verder|ook|hier)|"
        r"klik (?:hier|op)|abonneer",
        r"schrijf je in|verscheen eerst|alle rechten|horoscoop|archieffoto",
        # Russian
        r"читать (?:далее|полностью|дальше|также|подробнее)|читайте (?:также|далее|нас|подробнее|больше)|"
        r"подробнее(?= на| в|:|\W*$)",
        r"подпи(?:сывайтесь|шитесь)|впервые появилась|на правах рекламы|все права|гороскоп|следите за|прим\. ред",
        r"(?:прямая|текстовая) трансляция|архивное фото|иллюстративное фото|голосуйте|присоединяйтесь|"
        r"смотрите (?:также|видео)",
        # Arabic, Hebrew
        r"اقرأ (?:المزيد|أيضا|ايضا|أيضًا|أيضاً)|المزيد من التفاصيل|تابعونا|اشترك|اضغط (?:هنا|على)|جميع الحقوق|"
        r"حظك اليوم|ظهرت أول",
        r"קראו? (?:עוד|גם)|להמשך (?:ה)?קריאה|לכתבה המלאה|לחצו (?:כאן|על)|הירשמו|כל הזכויות|הורוסקופ|הופיע לראשונה",
    )
)

_LABELS = (
    r"photos?|photograph|images?|pictures?|video|credits?|illustration|caption|points|comments?|sources?|tags|share|"
    r"update[ds]?|published|posted|filed under|categor(?:y|ies)|related|see also|disclosure|disclaimer|correction|"
    r"hinweis|watch|listen|fotos?|bild(?:er)?|quelle|text|crédits?|fuente|fonte|bron|beeld|фото|источник|автор|видео|"
    r"текст|теги|الصورة|صورة|المصدر|صورة أرشيفية|צילום|קרדיט|תמונה|מקור"
)

_ASIAN = (
    r"続きを読む|続きは|もっと読む|(?:写真|画像|図|出典|編集|文|撮影)\s?[:：=＝／]|詳しくはこちら|記事全文|コメント(?:する|\s?\d)|会員限定|有料会員|登録はこちら|購読|星座占い|今日の運勢|"
    r"(?:写真|動画|PR|広告)】|（写真|（画像|クリック|最終更新|お問い合わせ|[阅閱][读讀](?:全文|更多|原文)|[继繼][续續][阅閱][读讀]|[点點][击擊](?:查看|[这這]里|此[处處]|上方)|"
    r"查看更多|更多精彩|(?:[图圖]片?|来源|來源|[责責]任[编編][辑輯]|[编編][辑輯]|[记記]者|作者|[摄攝]影?)\s?[:：/／]|版[权權]所有|[扫掃][码碼描]|公[众眾][号號]|"
    r"星座[运運][势勢]|未[经經]授[权權]|더\s?(?:보기|읽기)|기사\s?(?:전문|원문)|자세히 보기|"
    r"사진\s?[=:：]|무단\s?전재|재배포 금지|구독|클릭|오늘의 운세|댓글\s?\d|"
    r"\S+ 기자\s?="
)
"""No word boundaries there: these scripts set no spaces."""

_JUNK = re.compile(
    rf"\b(?:{_CALLS})\b|(?<!\w)(?:{_LABELS})(?: (?:by|credit|via|source))?\s?:|{_ASIAN}|"
    # signs of addresses, code, lists, chats and tables
    r"https?://|\bwww\.|\bpic\.twitter|\S@\w|(?<!\w)@\w|(?:^|\s)/?[ur]/\w|\[(?:link|comments?|…|\.\.\.)\]|"
    r"^[\w'’ ]{3,20}: [\w'’ ]{3,20}:|[•|▶►→·●■★☆▼<>{}\\`]|^[\w@.-]{2,20}: (?-i:[a-zа-я])|::|---|(?:#\w+\W+){2}|(?:^|"
    r"\s)#\s|\[?\b\d\d:\d\d:\d\d\b|^\W*\d{1,2}(?:[:h]\d\d(?!\d)|\.\d\d(?= (?:uhr|[ap]\.?m)))|"
    # UTF-8 that was read as Latin-1
    r"Ã[\x80-\xbf]|â€|Â[\xa0-\xbf]|"
    # who wrote it, when, and how many answered
    r"^\W*by (?-i:[A-Z][\w.'’-]+ [A-Z])|^(?:published|updated|posted|filed under)\b(?!,? in \d)|^(?:advertisement|"
    r"sponsored by|anzeige|werbung|publicité|реклама|reporting by)\b|\bcomments?\W*$|\d+ comments?\b|(?-i:^(?:Von|Par|"
    r"Por|Di|Door|Автор) [A-ZÀ-ÞА-Я][\w.-]+ [A-ZÀ-ÞА-Я][\w-]+\W*$)|\bFILE ?[-–—]|(?:комментари(?:и|ев|я)|kommentare?|"
    r"commentaires?|comentarios?|commenti|reacties|تعليقات?|תגובות)\W*$|\bis (?:an?|the) (?:[\w-]+ ){0,5}(?:columnist|"
    r"contributor|correspondent|staff writer|senior fellow|freelance \w+|(?:writer|journalist|reporter|editor) (?:and|"
    r"at|for|with|based|who|living)|author of)|"
    # players and their numbers
    r"(?-i:[A-Z]\w+ \(\d{1,2}\).{1,120}[A-Z]\w+ \(\d{1,2}\))|"
    # captions of agencies: who does what, with the whole date
    r"\b(?:testif(?:y|ies)|speaks?|attends?|arrives?|walks?|waves?|smiles?|listens?|leaves?|holds?|sits?|stands?|"
    r"celebrates?|reacts?|takes?) (?:\w+ ){0,6}(?:during|before|after|at|to|in|on|as|with|from|outside|"
    r"part)\b.{0,140}\b(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)\w*\.? \d{1,2}, \d{4}\b|"
    # who tells why, and does not say it here
    r"(?-i:\b(?:рассказал|объяснил|назвал|раскрыл|выяснил)\w*,? (?:в ч[её]м|почему|зачем|как(?:ие|ой|ая)?)\b)|"
    # captions: who stands where, and whose picture it is
    r", (?:left|right|cent(?:er|re)|far (?:left|right)|second from \w+|links|rechts|à gauche|à droite)[,;)]|"
    r"\((?:[^()]* )?(?:pictured|photo|foto|bild|picture|on (?:the )?(?:left|right)|above|l-r|фото)(?: [^()]*)?\)|"
    r"(?-i:\b[A-Z][\w'’-]+/(?:AP|AFP|EPA|NPR|TASS|Reuters|REUTERS|Getty|Bloomberg|dpa|Xinhua|The)\b)|"
    r"(?-i:\bImage [A-Z])|\b(?:aries|taurus|gemini|virgo|libra|scorpio|sagittarius|capricorn|aquarius|"
    r"pisces)\b\W{0,3}(?:\(|:|[a-z]{3,9} \d)|^(?:leo|cancer) ?(?:\(|:|[-–] )",
    re.IGNORECASE,
)

_RUN_ON = re.compile(
    r"[^\W\d_]{2,}[”\"’')]? (?:(?:В|На|По|Из|За|От|До|Для) [А-ЯЁ]|An? [A-Z]\w+ [a-z]|(?:The|An|At|In|On|It|He|"
    r"She|They|We|This|That|There|These|When|"
    r"While|After|As|But|With|From|If|Two|Three|Four|Five|More|Most|According|During|Some|Many|Der|Die|Das|Ein|Eine|"
    r"Nach|Bei|Mit|Le|La|Les|El|Los|Las|В|На|По|Об|Как|При|После|Это|Он|Она|Они|Мы|У|С|К|За|Из|От|До|Для|Если|"
    r"Но) [a-zß-ÿа-яё])"
)
"""A line without a full stop runs into the next sentence: a caption or a standfirst glued to a report."""

_TITLED = re.compile(r"(?:\b[A-ZÀ-ÞА-ЯЁ][\w'’-]* ){5}")

_MONTHS = (
    r"(?:января|февраля|марта|апреля|мая|июня|июля|августа|сентября|октября|ноября|декабря|січня|лютого|березня|"
    r"квітня|травня|червня|липня|серпня|вересня|жовтня|листопада|грудня|(?:янв|фев|мар|апр|июн|июл|авг|сент?|окт|"
    r"нояб?|дек)\b\.?)"
)
_CAPITAL = r"(?=[\"“”„«»'‘(]*[A-ZÀ-ÞĀ-ŽА-ЯЁІЇЄ0-9]|[^\x00-\u058f])"

_DATELINES = re.compile(
    "|".join(
        (
            # SEOUL, Oct 13 (Reuters) - ; Madrid, 13 oct (EFE).- ; Berlin (dpa) - ; TOKYO (Nov 14):
            r"(?!FILE|PHOTO|VIDEO|WATCH|LIVE|"
            r"UPDATE)(?:[A-ZÀ-Þ][A-ZÀ-Þ .,'’/-]{2,40}(?:[A-Z][a-z]+\s?){0,3}(?:\.? ?\d{1,2}\s)?|"
            r"[A-Z][a-z]{2,8}\.? \d{1,2}\s)?"
            rf"(?:\([A-Z][^()]{{1,30}}\))?\.?\s?(?:[-–—]+|(?<=\)):)\s+{_CAPITAL}",
            rf"[^.!?()]{{2,40}}\([^\W\d_][^()]{{1,30}}\)\s?[.:]?\s?[-–—]+\s*{_CAPITAL}",
            rf"(?!FILE|PHOTO|VIDEO|WATCH|LIVE|UPDATE|IMAGE|SOURCE|"
            rf"CREDIT)[A-ZÀ-Þ]{{4,}}(?: [A-ZÀ-Þ]{{2,}})?: {_CAPITAL}",
            # Cape Town –
            rf"[A-ZÀ-Þ][a-zß-ÿ]+(?: [A-ZÀ-Þ][a-zß-ÿ]+){{0,2}}(?:, [A-Z]\w+\.?)? [–—] {_CAPITAL}",
            # Paris, 13 octobre – ; ROMA, 13 OTT -
            rf"[A-ZÀ-Þ][\w .'’-]{{2,25}}, (?:le )?\d{{1,2}}\.? ?\w{{3,10}}\.? "
            rf"?(?:\([^()]{{2,30}}\))?\s?[-–—]+\s+{_CAPITAL}",
            # МОСКВА, 12 мая — РИА Новости. ; Псков, 17 мая. ; /ТАСС/.
            rf"(?:[А-ЯЁІЇЄ][\w«»\"]*[ ,.–—-]+){{1,4}}\d{{1,2}} {_MONTHS}(?:[ "
            rf",–—(/-]+[А-ЯЁІЇЄA-Z\d][\w«»\")/]*){{0,5}}\.\s*(?:/[^/]{{2,30}}/\.?\s*)?{_CAPITAL}",
            rf"/[^/]{{2,30}}/\.?\s*(?:[-–—]\s*)?{_CAPITAL}",
            # 【ロンドン＝共同】 ; [서울=뉴시스] 홍길동 기자 = ; 新华社北京10月13日电（记者 某）
            r"[【［][^】］]{1,25}[】］]\s*",
            r"[（(](?:原[标標][题題]|[记記]者|来源|來源)[^）)]{0,40}[）)]\s*",
            r"[\[(][^\])]{1,30}[=＝][^\])]{1,30}[\])]\s*(?:\S{2,4}(?:[·,]\s?\S{2,4})* (?:기자|특파원)\s?=\s?)?",
            r"[（(]?(?:新华社|新華社|中新社|中新网|中新網|中央社|央视网|澎湃新闻)[^，。]{0,20}?(?:电|電|讯|訊|"
            r"消息)[）)]?(?:\s?[（(][^）)]{1,30}[）)])?[，,:：\s]*",
        )
    )
)
"""``SEOUL, Oct 13 (Reuters) -``: says nothing that the outlet and the date beside it do not."""

_INNER = re.compile(
    rf"(?:\b(?!FILE|PHOTO|VIDEO|WATCH|LIVE|"
    rf"UPDATE)[A-ZÀ-Þ]{{4,}}(?:,? [A-Z][\w.]*){{0,3}} ?(?:\([^()]{{2,30}}\))? ?[-–—]+ |\((?:CNN(?: \w+)?|AP|AFP|"
    rf"Reuters|REUTERS|dpa|UPI|Xinhua|Bloomberg|EFE|ANSA|PTI|ANI|NPR)\)\s?(?:[-–—:]+\s)?|"
    rf"\b[А-ЯЁІЇЄ][\w-]+, \d{{1,2}} {_MONTHS}(?:[ ,–—(/-]+[А-ЯЁІЇЄA-Z\d][\w«»\")/]*){{0,4}}\.\s+){_CAPITAL}"
)
"""The same after a standfirst or a list of highlights: the report begins behind it."""

_DOUBLED = re.compile(r"(?:Enlarge this image )?(?:toggle caption )?(.{5,60}?) \1 (?=[A-ZÀ-ÞА-ЯЁ])")
"""A credit that stands twice, as alternative text and as caption."""

_TOKEN = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


def opened(summary: str, title: str) -> str:
    """The summary from where its first sentence begins: behind a dateline, a doubled credit, its own headline."""
    start = 1 if summary[:1] == '"' and summary.count('"') % 2 else 0
    for _ in range(4):
        rest = summary[start:]
        skip = _behind_title(rest, title)
        if not skip and (match := _DOUBLED.match(rest) or _DATELINES.match(rest) or _INNER.search(rest, 0, 300)):
            skip = match.end()
        if not skip:
            break
        start += skip
    return summary[start:]


def _behind_title(text: str, title: str) -> int:
    """Where the text goes on after the headline it begins with; 0 if it does not, or if that is its first sentence."""
    words = _TOKEN.findall(title)
    if len(words) < 2:
        return 0
    end = 0
    found = _TOKEN.finditer(text)
    for word in words:
        match = next(found, None)
        if match is None or match.group().casefold() != word.casefold():
            return 0
        end = match.end()
    following = next(found, None)
    if following is None or following.group()[0].islower() or "," in text[end : following.start()]:
        return 0
    return end + len(text[end : following.start()]) - len(text[end : following.start()].lstrip(' .:!?…-–—|»"”’)'))


def is_junk(text: str) -> bool:
    """Whether a sentence is no sentence of a report: a call, a credit, a caption, a table, a list, code, a shout."""
    first = text.lstrip("\"'“”„«»‘’‚「『《〈¿¡(（")[:1]
    if text[0] in "([（［" or not first.isalnum() or first.islower() or _JUNK.search(text):
        return True
    if not _TITLED.search(text) and _RUN_ON.search(text):
        return True
    return _is_table(text)


def _is_table(text: str) -> bool:
    letters = sum(sign.isalpha() or sign.isspace() or not sign.isascii() for sign in text)
    capitals = sum(sign.isupper() for sign in text)
    words = text.split()
    numbers = sum(any(sign.isdigit() for sign in word) for word in words)
    return (
        letters < 0.75 * len(text)
        or text.count(",") + text.count(";") > 8
        or text.count("°") > 3
        or sum(text.count(sign) for sign in "$€£¥₹%") > 4
        or (numbers > 5 and numbers > 0.3 * len(words))
        or capitals > 0.4 * letters
    )
