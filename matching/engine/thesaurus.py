"""Everyday words for the same thing, in English and Welsh: lets "pensioners" meet "older people" and "pobl hŷn".

Written for this portal from the plain words of community work; general on purpose. One group a line: a name, the English
words, the Welsh words. A word belongs to one group only, the first that lists it.
"""

from __future__ import annotations

_TABLE = """
older | older elderly elder elders pensioner pensioners retired retirement ageing oap octogenarian | hŷn henoed pensiynwyr heneiddio oedrannus
young | young youth youths teenager teenagers teen teens adolescent adolescents youngsters youngster | ifanc ieuenctid arddegau
children | children child kids childhood toddler toddlers infant infants pupil pupils nursery nurseries preschool | plant plentyn plentyndod babanod disgyblion meithrin
families | family families parent parents mother mothers father fathers mum mums dad dads grandparents parenting | teulu teuluoedd rhieni rhiant mamau tadau
women | women woman girls girl female | menywod merched menyw merch genethod
men | men man boys boy male | dynion bechgyn dyn
disabled | disabled disability disabilities impairment impairments wheelchair | anabl anabledd anableddau
hearing | deaf deafness hearing bsl | byddar clyw
sight | blind blindness sight visually braille | dall golwg
autism | autism autistic neurodivergent neurodiversity neurodiverse adhd asperger dyslexia dyslexic | awtistiaeth awtistig niwroamrywiaeth
dementia | dementia alzheimer alzheimers | dementia
memory | memory memories reminiscence reminisce remember remembering recollections | atgofion cof hel hatgofion
mental | mental depression anxiety wellbeing counselling psychological therapy therapeutic counsellor stress suicide | meddwl llesiant iselder cwnsela lles therapi
health | health healthy hospital hospice patients medical illness nhs clinic | iechyd iach ysbyty hosbis cleifion salwch
loneliness | lonely loneliness isolated isolation befriending befriend companionship friendship | unig unigrwydd ynysigrwydd cyfeillio cyfeillgarwch
bereavement | bereavement bereaved grief grieving | galar profedigaeth
carers | carer carers caring caregiver caregivers respite | gofalwyr gofalwr gofalu
addiction | addiction addictions addicted alcohol alcoholic drug drugs substance substances misuse detox sobriety | dibyniaeth alcohol cyffuriau
prison | prison prisons prisoner prisoners offender offenders offending probation inmates | carchar carcharorion troseddwyr
abuse | abuse abused violence domestic rape refuge assault | cam-drin camdriniaeth trais
homeless | homeless homelessness hostel hostels housing tenancy tenants shelter | digartref digartrefedd tai hostel
poverty | poverty poor poorest hardship deprivation deprived disadvantaged disadvantage debt debts destitute foodbank foodbanks | tlodi caledi difreintiedig dyled
food | food foods cook cooking cookery meal meals lunch lunches kitchen kitchens baking recipes eating nutrition | bwyd coginio prydau cinio cegin
garden | garden gardens gardening gardener gardeners allotment allotments horticulture horticultural orchard planting | gardd gerddi garddio rhandir perllan garddwyr
nature | nature wildlife conservation environment environmental ecology biodiversity woodland woodlands countryside habitat | natur bywyd-gwyllt amgylchedd coetir cefn-gwlad cadwraeth
climate | climate carbon recycling recycle reuse repair repairing | hinsawdd ailgylchu trwsio gwyrdd
sport | sport sports sporting football cricket rugby tennis athletics swimming fitness exercise gym cycling | chwaraeon pêl-droed rygbi nofio ffitrwydd beicio
walking | walk walks walking walkers rambling hiking trail trails | cerdded teithiau llwybr llwybrau
arts | art arts artist artists artistic creative creativity | celf celfyddydau artist artistiaid creadigol
craft | craft crafts knit knits knitting knitters crochet sewing sew quilting quilts quilt textile textiles embroidery weaving pottery woodwork handmade | crefft crefftau gwau gwnïo tecstilau crosio cwiltio
paint | paint painting painters paintings drawing sculpture | paentio arlunio lluniau cerflunio
music | music musical musician musicians song songs singing sing choir choirs choral band orchestra concert concerts | cerddoriaeth canu côr corau caneuon cerddorion
theatre | theatre theatres drama acting performance performances perform performing performers dance dancing stage | theatr drama perfformio perfformiad dawns dawnsio llwyfan berfformio
film | film films cinema video filmmaking movie movies | ffilm ffilmiau sinema fideo
photo | photo photos photograph photographs photography photographic | llun ffotograff ffotograffau ffotograffiaeth
writing | writing writers writer poetry poems poet literature literary reading books book library literacy | ysgrifennu barddoniaeth llenyddiaeth darllen llyfrau llyfr llyfrgell awduron
story | story stories storytelling oral testimony testimonies | stori straeon hanesion llafar
history | history histories historic historical heritage past archaeology archaeological | hanes hanesyddol treftadaeth archaeoleg
archive | archive archives archival records document documents | archif archifau dogfennau cofnodion
exhibition | exhibition exhibitions exhibit exhibits exhibiting display displays displaying gallery galleries | arddangosfa arddangosfeydd arddangos oriel orielau
space | space spaces premises nowhere indoor accommodation | lle lleoedd gofod ystafell ystafelloedd neuadd
training | training trained trainer trainers courses workshop workshops apprenticeship apprenticeships | hyfforddiant hyfforddi gweithdy gweithdai cwrs cyrsiau prentisiaeth
jobs | job jobs employment unemployed unemployment employability career careers workless cv | swydd swyddi cyflogaeth di-waith diwaith gyrfa
education | education educational school schools schooling learning learners teaching teachers teacher classroom curriculum student students college | addysg ysgol ysgolion dysgu dysgwyr athrawon myfyrwyr coleg
refugees | refugee refugees asylum migrant migrants immigrant immigrants immigration sanctuary displaced | ffoaduriaid ffoadur lloches mudwyr noddfa ceiswyr
ethnic | ethnic ethnicity bme bame minority minorities black asian african caribbean racial race racism | ethnig lleiafrifoedd du asiaidd hil
faith | faith faiths church churches christian christianity mosque muslim muslims islamic jewish synagogue sikh hindu religion religious interfaith chapel worship parish | ffydd eglwys eglwysi capel capeli mosg crefydd crefyddol addoli
lgbt | lgbt lgbtq lgbtqia gay lesbian bisexual transgender queer | lhdt lhdtc lhdt+ hoyw lesbiaidd traws
welsh | welsh cymraeg gaelic scots eisteddfod | cymraeg gymraeg eisteddfod iaith ieithoedd
rural | rural village villages farm farms farming farmers agricultural agriculture | gwledig pentref pentrefi fferm ffermio ffermwyr amaethyddol
industry | industry industries industrial factory factories manufacture manufacturing workshop steel steelworks steelmaking cutlery | diwydiant diwydiannau diwydiannol ffatri dur
mining | mine mines mining miner miners coal colliery collieries pit pits | glo pwll pyllau glofa glöwr glowyr mwyngloddio
rail | rail railway railways train trains locomotive locomotives tram trams tramway | rheilffordd rheilffyrdd trên trenau
sea | sea maritime boat boats ship ships harbour fishing fisheries seafaring sailing coast coastal marine sailors | môr morwrol cwch cychod llong llongau pysgota harbwr arfordir
war | war wars wartime military army soldiers veterans veteran regiment regimental navy naval | rhyfel rhyfeloedd milwrol byddin milwyr cyn-filwyr lluoedd
digital | digital computer computers computing tablet tablets laptop laptops internet online website websites technology | digidol cyfrifiadur cyfrifiaduron gwefan rhyngrwyd technoleg
transport | transport minibus minibuses travel bus buses taxi | cludiant trafnidiaeth bws bysiau teithio
outdoors | outdoor outdoors outside grounds park parks | awyr-agored parc parciau
science | science sciences scientific scientists engineering engineer engineers | gwyddoniaeth gwyddonol peirianneg
toys | toy toys play playing playgroup playground games | teganau chwarae gemau
fashion | clothes clothing costume costumes fashion dress | dillad gwisgoedd ffasiwn
festival | festival festivals carnival celebration celebrations celebrate fete parade | gŵyl gwyliau carnifal dathlu dathliad
advice | advice advise adviser advisers advocacy welfare rights legal | cyngor cynghori eiriolaeth hawliau
crime | crime crimes criminal policing police antisocial | trosedd troseddau heddlu
animals | animal animals dogs dog cats horse horses riding pets | anifeiliaid cŵn ceffylau
"""


def _read(table: str) -> tuple[tuple[str, ...], tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]]:
    rows = [[cell.split() for cell in line.split("|")] for line in table.strip().splitlines()]
    names = tuple(f"={row[0][0]}" for row in rows)
    return names, tuple((tuple(row[1]), tuple(row[2])) for row in rows)


CONCEPTS, GROUPS = _read(_TABLE)
