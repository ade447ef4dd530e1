"""The engine's word lists: function words and boilerplate of English and Welsh. Nothing but words."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Left out altogether.
ENGLISH_STOP = _words(
    """
a about above across after again all almost along already also although always am among an and another any anybody
anyone anything are around as at away back be became because become been before began being below between both but
by came can cannot could did do does doing done down due during each either enough etc even ever every everything
few first for from further get gets getting give given gives giving go goes going good got had has have having he
her here hers herself him himself his how however i ie if in including into is isn it its itself just keep kept know
known like likely ll lot lots made make makes making many may me might more most much must my myself near nearly
need needed needs neither never new next no nobody none nor not nothing now of off often on once one ones only onto
or other others our ours ourselves out over own per please put rather re really s same see seen several shall she
should since so some somebody someone something sometimes soon still such t take taken takes taking than that the
their theirs them themselves then there these they thing things this those though three through throughout thus to
together too toward towards two under until up upon us use used uses using usual usually ve very via want wanted
wants was way ways we well were what whatever when where whether which while who whole whom whose why will willing
wish with within without would yes yet you your yours yourself
"""
)
WELSH_STOP = _words(
    """
a ac ag ai am ambell ar arall at atom awn bod bob bydd byddai byddwn cael chi chwi cyn dan dim dros dy ei eich ein
eisiau eleni er eraill ers eto ewch fe felly fel fod fy gael gall gallu gallwn gan gennym gennyn gellir gyd gyda
gyfer hefyd heb hi hon honno hwn hwnnw hwy hyd hyn hynny i iawn iddo iddi iddynt ichi inni je lawer llawer maen mae
maent mai mawr mewn mi mo na nad nag nawr nes neu nhw ni nid nifer o ond os oedd oes pa pan pob pwy pwysig rhai
rhaid rhoi roi rydym rydyn rydw sawl sy sydd sydd'n syn tan ti tra trwy tua un unrhyw wedi wrth wnaeth wneud wyf y
ydy ydi ydym yma yn yna yno yr ymhlith ystod angen anghenion cynnig cynigion cynnal gynnig hoffem hoffai hoffwn
gallem helpu mae'n rydym'n dwi'n gwneud ddim ble beth sut bach da newydd wella
"""
)
# What every form and grant report says: it fits every organisation, so it links none.
BOILERPLATE_ENGLISH = _words(
    """
communication skills union
admin expenses travel training recruitment premises utilities phone telephone insurance printing stationery
supervision payroll overhead finance financial equipment materials refreshments hire accountancy fees budget rent
deputy senior junior assistant chief executive ceo director directors trainee apprentice supervisor freelance
sustainability vulnerable needs awareness approach advertising publicity computer software ability able accredited
unaccredited accreditation achieve act active actively activities activity add additional administrative
administration advance advancement aim aims allow annual application apply appropriate area areas assist assistance
associated association authority available award based basis become begin beneficiaries beneficiary benefit benefits
better board body bodies bring build building built capacity centre centres charitable charities charity city
clients close co collection collections come committee common communities community companies company complete
condition conditions connection continue contribute contribution coordinate coordinator coordination core corporate
cost costs council country county course cover covers create created current currently daily day days delivery
deliver delivered delivering develop developing development different direct district ensure ensuring employ
employed essential establish established event events exclusively existing expand experience extend extra facilitate
facilities facility find focus follow foundation fulfil full fund funded funder funders funding funds further
furtherance future general governance governing government grant grants great group groups grow growing hall head
held help helped helping helps high hold hours house i identify impact implement improve improved improvement
improving include includes increase increased increasing independent individual individuals inhabitants initiative
initiatives instrument interest interests involve involved issue issues item items join key large lead leader
leading level levels life limited line lives live living local locality lot main maintain maintenance manage
management manager mean meet meeting member members membership million mixed month months museum museums name
national neighbourhood number object objects objective objectives offer offered offering offers office officer open
operate operating operation opportunities opportunity order organisation organisations organise organised
organization organizations otherwise outcome outcomes overall overheads part particular particularly partly partner
partners partnership party pay people person persons phase pilot place places plan planning plus population possible
post posts potential pounds practical present previously primarily principally principal problem problems process
produce profit programme programmes project projects promote promotes promoting promotion proportion provide
provided provider providers provides providing provision public purpose purposes quality range reach recruit regard
region regional registered related relating relation relevant relief relieve remain require required requirements
resident residents resource resources result right role room rooms run running salaries salary scheme schemes scio
section sector seek seeking serve service services session sessional sessions set share shared similar situated
small social society special specialist specific spend staff staffing standard start statutory stay strategic
strategy strengthen strong structure subject sub succeed success successful suitable support supported supporting
supports surrounding sustain sustainable system target team term terms third time times total town toward trade
trading tradition trust trusts trustee trustees try type types understand unit united uk england wales scotland
britain british variety vary various venue view visit visitors visits voluntary volunteer volunteering volunteers
wage wages week weekly weeks wide wider widening work worked worker workers working works world worth year years
yearly
"""
)
BOILERPLATE_WELSH = _words(
    """
amgueddfa amgueddfeydd elusen grwp grwpiau gymuned cymuned cymunedol cymunedau prosiect prosiectau gweithgaredd
gweithgareddau lleol pobl bobl phobl gwaith gweithio gwasanaeth gwasanaethau cefnogi cefnogaeth sefydliad
sefydliadau rhaglen datblygu ardal gwirfoddolwyr gwirfoddoli cyllid ymddiriedolaeth cymdeithas gymdeithas
"""
)
# By which the language of a text is told.
ENGLISH_MARKS = _words("the and of to in for with our we is are who at from by their that on as")
WELSH_MARKS = _words("y yr yn ac mae ni ein i'r a'r o'r gyda sydd sy ar gyfer rydym ydym am gan wedi neu'r neu hoffem")
# What stands beside these is paid for, not what an organisation does: "travel, transport and insurance costs".
COSTS = _words("cost costs expenses")
BUDGET = _words("travel utilities insurance stationery printing telephone payroll overheads")
