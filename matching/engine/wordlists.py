"""The engine's word lists: function words and boilerplate of English and Welsh. Nothing but words."""

from __future__ import annotations

import re


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
arnom arno arni arnoch arnynt atoch ganddo ganddi ganddynt gennych ohoni ohono ohonom ohonoch ohonyn ohonynt ynddo
ynddi wrthym iddyn gynt drwy wrthi hynod hollol yw'r fu fo fyddai byddan buasai efallai hefo gallu
gallem helpu mae'n rydym'n dwi'n gwneud ddim ble beth sut bach da newydd wella
"""
)
# What every form and grant report says: it fits every organisation, so it links none.
BOILERPLATE_ENGLISH = _words(
    """
access admin barrier barriers borough communication skills union
expenses travel training recruitment premises utilities phone telephone insurance printing stationery
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
ENGLISH_MARKS = _words("the and of to in for with our we is are who from by their that on as")
WELSH_MARKS = _words("y yr yn ac mae ni ein i'r a'r o'r gyda sydd sy ar gyfer rydym ydym am gan wedi neu'r neu hoffem")
# What stands beside these is paid for, not what an organisation does: "travel, transport and insurance costs".
COSTS = _words("cost costs expenses")
BUDGET = _words("travel utilities insurance stationery printing telephone payroll overheads")
# A text that names these is a budget: what else it names of the boilerplate is paid for as well.
BUDGETED = _words("salary salaries overheads payroll coordinator ordinator cyflog cyflogau")
# In the names and notes of a vocabulary, words that say nothing of the subject; English, Welsh.
HOLLOW_WORDS = (
    _words(
        """
links number skills know using thanked worker body one time front hold list name way long whose free someone somebody
keep open right side particular borrow lend activity activities say put told leave old age look question questioning
led short feel mind move change less return route light treatment carried physical independently temporary
two three four five six seven eight nine ten dozen twelve fourteen twenty thirty forty fifty hundred call gone bit lot
        """
    ),
    _words(
        """
gwaith byw peth pethau benthyg fenthyg mwyn gallu allu dod eu rhywun rhywbeth penodol hun dywedwch geiriau enghraifft
cynnwys rhedeg prin harwain agos gilydd gweithgareddau weithgareddau gweithgaredd hen adeg unig rhestr enwau ffordd beth
cyflogedig
"""
    ),
)

# Words in common that give no reason to meet: everybody uses them.
EVERYDAY = _words(
    """
afternoon afternoons april august autumn back balance bank basis bit bring bringing building buildings call car care
chance change christmas come coming couple day days december door doors easter email end english evening evenings
extra face fair family february feel find free friday friend friendly friends full fun future half hand hands happy
hard head home homes hope house houses hundred idea ideas interested january july june keen keep kind late
learn leisure little live look love march may mind moment monday morning mornings move natural night november october
old open part people person please question ready regular right rural saturday season send september side simple sit
small sort spare spring stand start state step stop stops street streets summer sunday table tables talk tea ten thing
thousand thursday today tour town try tuesday turn twenty university village warm watch wednesday week weekend
weekends welcome whole winter wonderful
"""
)
EVERYDAY_WELSH = _words(
    """
bore prynhawn nos dydd diwrnod wythnos mis blwyddyn llun mawrth mercher iau gwener sadwrn sul ty cartref croeso siarad
tref pentref stryd pobl hen newydd ffrindiau hwyl drws
"""
)
# Words with two meanings: a bus in a collection and a bus to the door. In common, they are shown as words and no more.
TWO_MEANINGS = _words(
    """
band bands bank bar bat bath board bowl boxing bridge bus buses cell chest club clubs coach coaches court courts draw
drawing engine engines fan field fields figure figures fire kit lead light lights match mine organ park parks pit pits
plant plants play plays pool port post pound press race record records ring rock screen shed sheds ship shop shops sign
signs stage stages stamp stamps stock tank tanks tower track train trains transport yard
"""
)


def _cues(text: str) -> re.Pattern[str]:
    return re.compile(rf"(?:^|\b)(?:{'|'.join(text.strip().splitlines())})\b")


# How people say that they ask and that they give; folded; English, Welsh. Plain words only: most texts say neither.
SEEKING = (
    _cues(
        r"""
(?<!who )(?<!they )(?<!you )(?<!what )(?<!people )(?<!in )(?<!of )need
(?:group|team|choir|club|board|museum|charity|project|centre|it|that|which|and|also|really|still|now) needs
in need of
(?:we|i|also|really|still|now|urgently|badly) needed
(?:they|who) (?:badly |urgently )need
wanted
^wants?
(?:we|i|team|board|members|group|volunteers|staff|curators|trustees) wants?
would value
none of (?:us|our|the)
(?:nobody|no one|no-one|not one)(?: \w+)? (?:knows|has|can|to|understands|wants|comes|showed)
(?:not enough|too few|fewer and fewer)
(?:has|have) (?:gone|shut|closed|never|nobody|nothing)
(?:funding|grant|money|lease|cash) (?:ends|ended|stops|stopped|runs out|ran out|is ending|dries up)
(?:turned|turning) us down
(?:we|they|members|families|people|schools|children|patients) (?:can't|cannot|can not|couldn't|could not)
must (?:leave|move|find)
struggl(?:e|es|ing)
tired of
where can we
^who (?:can|could)
how do you
without ever
^(?:need|needs|needed|wanted|seeking|somewhere|some(?:body|one)|any(?:body|one))
looking for
look for
search(?:ing)? for
in search of
(?:we|are|and) seek(?:ing)?
trying to
nowhere
lack(?:s|ing)?
short of
(?<!you )could (?:really )?use
could do with
would (?:really )?(?:love|like)(?! to (?:share|help|volunteer|show|lend|host|offer|give|teach|talk|see))
we'd (?:really )?(?:love|like)(?! to (?:share|help|volunteer|show|lend|host|offer|give|teach|talk|see))
would be (?:lovely|great|good|wonderful)
hop(?:e|es|ing) to (?:find|reach|meet|learn|borrow|get)
we (?:wish|want)
desperate
if only
(?:can|could|does|do|has|is) (?:any|some)(?:body|one)
(?:can|could|would|will) you
how (?:do|can|could|should) we
(?:can't|cannot|can not|couldn't) (?:afford|find|get|manage|reach)
(?:don't|do not|haven't|have not) (?:have (?:a|any|the|enough)|know|got)
have no
no idea how
no clue
help us
advise us
teach us
has lost its
not sure what we (?:want|need)
is (?:retiring|leaving|due)
falling (?:apart|to bits)
coming apart
"""
    ),
    _cues(
        r"""
(?:mae )?angen
chwilio am
yn brin
heb (?:le|unman|ddim|neb)
unman
^(?:rhywle|partner)
(?:does|nid oes) (?:dim|neb|gennym|gan|unman)
(?:ni|nid) (?:all|allwn|yw|ydym|ydyn)
wedi cau
dod i ben
sut (?:allwn|mae (?:profi|rhannu))
(?:hoffem|hoffen|hoffai|hoffwn)(?! (?:rannu|helpu|gynnig))
eisiau
(?:rydym|rydyn|mae .{1,20}) am (?:ddysgu|gael)
methu
sut mae (?:cyrraedd|cael|dod)
ddim yn gwybod
pwy all
helpu ni
ein helpu
"""
    ),
)
GIVING = (
    _cues(
        r"""
offer(?:s|ing|ed)?
(?<!where )(?<!that )(?<!when )(?<!how )(?<!what )(?:we|i) (?:can|could|will)(?! not| only| use| get)
(?<!when )(?<!where )our (?:\w+ ){1,3}(?:can|could)(?! not| only| use| get| hold)
we (?:run|help|train|know (?:how|every|nearly|most|hundreds))
(?:show|tell|teach|advise|train|bring (?:it|them) to|for|come to|with) you
your (?:staff|team|members|volunteers|survey|events?)
love to (?:show|share|talk|tell|sit)
is open to
taught by
(?:seats|places) (?:left|for)
room for (?:one|two|more)
no charge
^(?:free|spare)
(?:also|gladly|happily) (?:lend|share|host|come|teach|show|run|lead|advise|help|bring)
able to (?:lend|share|host|come|teach|show|run|lead|advise|help|bring|offer)
happy to
glad to
happily
gladly
willing to
ready to (?:help|share|tell|come|teach)
pleased to
keen to help
available
welcome to
(?:is|are|stands?) (?:empty|free|idle|dark)
for (?:hire|loan|free)
free (?:to|for|of charge|of|help|training|sessions|places|tickets|use)
(?:you|groups) (?:can|could|may) (?:have|use|borrow|come|take|meet)
yours (?:on|for|if)
(?:to|we) (?:lend|spare)
would love to (?:share|help|volunteer|show|lend|host|offer|give|teach|talk)
come and (?:see|visit|use)
can pass on
grants of
we (?:hold|host|commission|lend|teach)
"""
    ),
    _cues(
        r"""
gallwn
gallem
gallwch
gall (?:ein|swyddog)
cynnig
gynnig
ar gael
am ddim
croeso i
hapus i
sy'n (?:hapus|cynnal)
i'w (?:benthyg|fenthyg)
barod i
dewch
(?:rydym|rydyn) (?:ni )?yn (?:adnabod|rhedeg)
"""
    ),
)
# What is not wanted, to the end of its clause, as typed: "we don't need money, but ..."
REFUSED = re.compile(
    r"""
    \b(?:
        (?:no[ ]longer|do[ ]not|don['’]?t)[ ](?:really[ ]|actually[ ])?(?:need|want|require)
      | (?:not|n['’]t)[ ](?:looking|asking|short)[ ](?:for|of) | no[ ]need[ ](?:of|for)
      | (?:already|now)[ ]have[ ](?:plenty|enough) | (?:we|i)[ ]have[ ](?:plenty|enough)
      | (?:nid|does)[ ](?:oes[ ])?(?:arnom[ ])?(?:dim[ ])?angen
      | nid[ ]ydym[ ]yn[ ]chwilio[ ]am
    )\b
    (?![ ](?:to|much|yet))
    [^.;:!?,\n]*?(?=$|[.;:!?,\n]|\b(?:but|only|just|what|rather|ond|dim[ ]ond)\b)
    """,
    re.IGNORECASE | re.VERBOSE,
)
