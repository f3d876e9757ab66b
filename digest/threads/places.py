"""People of a place and the place are one term: "Korean missile" and "missile of Korea" report one event.

Written by hand, folded and singular as terms are.
"""

from __future__ import annotations

_PEOPLES = {
    "en": """
        afghan:afghanistan african:africa american:us argentine:argentina asian:asia australian:australia
        austrian:austria bangladeshi:bangladesh belarusian:belarus belgian:belgium bolivian:bolivia brazilian:brazil
        british:britain uk:britain bulgarian:bulgaria burmese:myanmar cambodian:cambodia canadian:canada
        chilean:chile chinese:china colombian:colombia croatian:croatia cuban:cuba cypriot:cyprus czech:czechia
        danish:denmark dutch:netherland ecuadorian:ecuador egyptian:egypt english:england estonian:estonia
        ethiopian:ethiopia european:europe eu:europe filipino:philippine finnish:finland french:france
        georgian:georgia german:germany ghanaian:ghana greek:greece haitian:haiti hungarian:hungary
        icelandic:iceland indian:india indonesian:indonesia iranian:iran iraqi:iraq irish:ireland israeli:israel
        italian:italy jamaican:jamaica japanese:japan jordanian:jordan kenyan:kenya korean:korea latvian:latvia
        lebanese:lebanon libyan:libya lithuanian:lithuania malaysian:malaysia mexican:mexico moldovan:moldova
        mongolian:mongolia moroccan:morocco nepali:nepal nigerian:nigeria norwegian:norway pakistani:pakistan
        palestinian:palestine peruvian:peru polish:poland portuguese:portugal romanian:romania russian:russia
        rwandan:rwanda saudi:arabia scottish:scotland serbian:serbia singaporean:singapore slovak:slovakia
        slovenian:slovenia somali:somalia spanish:spain sudanese:sudan swedish:sweden swiss:switzerland
        syrian:syria taiwanese:taiwan tanzanian:tanzania thai:thailand tunisian:tunisia turkish:turkey
        ugandan:uganda ukrainian:ukraine venezuelan:venezuela vietnamese:vietnam welsh:wale yemeni:yemen
        zimbabwean:zimbabwe""",
}

PLACES = {
    language: {people: place for people, _, place in (pair.partition(":") for pair in text.split())}
    for language, text in _PEOPLES.items()
}
"""By language: term of a people to the term of its place."""
