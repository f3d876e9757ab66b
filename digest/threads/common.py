"""Words that news uses every day, by language: what a stream of few items cannot know yet.

Written by hand, short on purpose, without names of people: those come and go.
Weekdays, months and numbers tell apart, so that they are no stop words, but they tell little.
"""

from __future__ import annotations

from .words import in_order

_OFTEN, _REGULARLY, _NOW_AND_THEN = 0.06, 0.025, 0.01
"""Share of items that use a word of each list."""

_WORDS = {
    "en": (
        """
        year people president week day time state government country report reported first two last three million
        monday tuesday wednesday thursday friday saturday sunday percent us world police group official officials home
        house national public back make made take get go come use way part high set call called number former right
        news city leader company work man woman american told told according amid against month month one four five
        today statement since still including several many around another announced announce expected like want
        """,
        """
        january february march april may june july august september october november december morning evening night
        afternoon today tonight yesterday tomorrow hour minute weekend decade century six seven eight nine ten dozen
        hundred thousand billion half third quarter second million per cent pct dollar euro pound cost price rate
        market stock share economy economic business bank trade deal money tax budget fund job worker pay industry
        minister prime parliament party election vote voter campaign political policy law lawmaker court judge case
        bill senate senator congress republican democrat democratic white federal department agency secretary
        administration authority committee governor mayor council administrator spokesman spokesperson chief head
        director executive member staff team force military army war attack security defence defense border foreign
        international global union european europe nation international region area local north south east west
        northern southern eastern western central town street school student child children family life live living
        mother father son daughter girl boy kid parent wife husband friend young old killed kill dead death died die
        injured hurt wounded victim fire shot shooting crash suspect arrested arrest charged accused investigation
        investigator crime murder trial sentence prison jail lawsuit hospital doctor health medical patient study
        researcher research university science scientist expert water food land sea air car road train plane flight
        airport ship oil gas energy power plant climate weather storm rain show film movie music star game season
        play player win won winner lose lost beat final match coach club league cup title fan top best big biggest
        largest major new latest update live breaking video photo picture image watch look see know need think find
        found give given gave take taken keep kept put turn turned move moved run running open opened close closed
        start started begin began end ended stop stopped stay leave left return returned bring brought hold held meet
        met talk talks speak spoke tell ask asked answer question plan planned help support seek face faces warn
        warned warning urge urged vow vowed deny denied confirm confirmed reveal revealed claim claimed blame agree
        agreed agreement reject rejected approve approved pass passed ban block blocked order ordered decision decide
        decided issue issued release released launch launched rise rose raise raised fall fell drop dropped cut grow
        growth increase increased higher lower lead led leading long short early late late next past ago recent
        recently soon ahead far near across along behind among without within despite although while however really
        even ever never always again already almost nearly least much little lot few whole full free hard good better
        bad worse great small large low strong clear likely possible able available important special private
        personal human social media online internet website data information technology phone post posted message
        letter book history story reason fact thing problem change changed crisis threat risk fear concern hope chance
        effort step sign side point place site line level result effect impact action role event conference meeting
        interview visit trip summit service system process program programme project product
        """,
        """
        coming going getting making taking giving looking working trying saying calling facing becoming become became
        follow following followed include included involve involved continue continued remain remained remaining
        appear appeared seem happen happened allow allowed require required force forced fight fighting fought hit
        strike struck push pushed pull pulled draw drawn break broke broken build built building buy bought sell sold
        sale spend spent save saved pay paid earn send sent sending receive received offer offered join joined
        replace replaced remove removed add added create created develop developed produce produced provide provided
        deliver protect prevent avoid reduce expand extend delay delayed cancel cancelled postpone suspend suspended
        resign resigned appoint appointed elect elected name named win winning losing miss missing search rescue
        rescued survive survivor flee fled escape escaped evacuate evacuated damage damaged destroy destroyed
        collapse collapsed explosion blast bomb gun gunman knife stab stabbed stabbing earthquake quake magnitude
        flood flooding hurricane wildfire snow wind heat cold temperature degree sunny cloudy forecast disaster
        emergency accident incident scene witness officer detective prosecutor lawyer attorney jury verdict guilty
        appeal ruling ruled rule justice supreme legal illegal right rights protest protester demonstration rally
        strike union employee employer wage pension poverty housing rent mortgage loan debt credit inflation interest
        investor investment fund index trading trader close closing gain gains loss losses profit revenue earnings
        quarterly annual analyst estimate estimates forecast outlook target guidance merger acquisition takeover
        bid startup firm corporation chairman ceo founder customer consumer retailer store shop brand maker factory
        manufacturer supply demand export import tariff sanction sanctions ally alliance embassy ambassador diplomat
        diplomatic treaty nuclear weapon missile drone troop soldier navy vessel peace ceasefire conflict violence
        terrorist terror militant rebel refugee migrant immigration immigrant asylum citizen resident population
        community church religious black white race gender gay marriage wedding birth baby pregnant age aged teen
        teenager adult elderly class college campus teacher education test exam degree drug alcohol disease virus
        outbreak infection vaccine treatment cancer heart brain body mental animal dog cat bird fish wild nature
        forest river lake mountain island coast beach ocean environment environmental carbon emission solar planet
        space rocket satellite moon farm farmer crop hotel restaurant travel tourist tourism passenger driver vehicle
        truck bus railway bridge traffic route app device user feature software computer screen camera network
        platform account password artificial intelligence robot chip smartphone tablet version model design test
        award prize festival concert album song singer actor actress director series episode trailer celebrity
        fashion art artist museum theatre theater author novel magazine newspaper editor journalist reporter
        football soccer basketball baseball tennis golf cricket rugby hockey race racing champion championship
        tournament olympic medal gold silver record score scored goal points half opening debut squad captain manager
        referee stadium injury transfer contract signed sign draft pick round semifinal quarterfinal playoff victory
        defeat draw opponent rival preview review recap highlight highlights schedule lineup odds prediction how
        guide tips list ranking explained explainer analysis opinion editorial commentary column podcast newsletter
        briefing roundup gallery exclusive correction corrected quiz crossword horoscope puzzle hint hints deals
        discount offer sale channel stream streaming kick kickoff read more subscribe subscriber subscription sign
        inbox page reader readers story stories reporter reporting editor website click here email comment share
        original first appeared
        """,
    ),
    "ru": (
        """
        год время человек день россия страна регион глава власть президент правительство министр дело ситуация число
        новый первый второй один два три последний тысяча миллион рассказать стать начать слово информация сообщать
        """,
        """
        москва столица российский россиянин рф область край район город поселок село миллиард рубль процент сша украина
        европа китай президентский выборы партия депутат госдума губернатор мэр администрация министерство ведомство
        служба закон законопроект решение мера вопрос проект программа система поддержка помощь развитие работа работать
        житель гражданин мужчина женщина ребенок семья дом школа врач больница больной медицинский случай
        смерть умереть погибнуть погибший пострадавший
        полиция полицейский сотрудник суд уголовный обвинение подозревать задержать следствие прокуратура убийство
        пожар авария дтп автомобиль машина водитель дорога поезд самолет корабль война военный армия ракета
        безопасность компания бизнес предприятие рынок цена деньги бюджет банк доход налог экономика
        команда клуб тренер матч игра сезон чемпионат победа фильм артист певец звезда
        январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь понедельник вторник среда
        четверг пятница суббота воскресенье утро вечер ночь сегодня вчера завтра сутки неделя месяц минута час
        """,
        """
        отметить добавить подчеркнуть уточнить объяснить считать планировать принять провести открыть закрыть построить
        создать появиться произойти оказаться вырасти снизиться увеличиться составить находиться получить выделить
        выйти вернуться сделать дать взять найти потерять опубликовать предложить назвать раскрыть прокомментировать
        эксперт специалист ученый исследование источник пресс тасс интерфакс риа новость агентство издание
        видео фото сайт интернет социальный сеть канал эфир интервью ранее подробность причина результат возможность
        состояние условие место часть период начало конец центр организация представитель директор руководитель
        """,
    ),
}


def _shares(lists: tuple[str, ...], language: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for share, words in zip((_OFTEN, _REGULARLY, _NOW_AND_THEN), lists, strict=True):
        for term in in_order(words, language):
            found.setdefault(term, share)
    return found


SHARES = {language: _shares(lists, language) for language, lists in _WORDS.items()}
"""By language: term to the share of items that use it; of two lists the more frequent one holds."""
