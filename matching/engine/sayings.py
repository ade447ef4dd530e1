"""What people write in a form who mean this need, theme or audience: invented sentences, in English and Welsh.

A term of the vocabulary is read from its name and note, and from these. They say what a note cannot: that "one bus on
Tuesdays" is about transport. A line holds the slugs it speaks of and the sentence, and any number may be added; write
as people would, half of them without naming the thing. A term that is not listed has none.
"""

from __future__ import annotations

_ENGLISH = """
space-meet loneliness older | We are looking for a warm room with a kettle one afternoon a week for our pensioners' lunch club.
space-meet place-pride | Our education room is empty on Mondays and Tuesdays and local groups are welcome to use it for free.
space-meet migration-sanctuary skills-work migrants | Our English class for refugees needs somewhere quiet to sit down on Thursday mornings, about fifteen chairs.
space-meet arts-making | Choir of 30 needs a hall to rehearse in on Wednesday evenings, with a piano if possible.
space-meet mental-wellbeing men mental-health | The pub we met in has shut and the men's talking group has nowhere to go on a Tuesday night.
space-meet | The museum is closed two days a week and nobody uses the upstairs, it has heating and a small kitchen.
space-meet children-young-learning families children | Our toddler group has been told to leave the scout hut by Easter as the roof is being taken down.
space-meet space-show arts-making lgbtq | Queer writers' circle, eight of us, tired of reading to each other in a noisy bar.
space-meet loneliness older | Somewhere to put the urn on and set out twenty chairs, our knit and natter has outgrown the front room.
space-meet | Church hall to let free on weekday evenings, with a big kitchen and a ramp.
space-meet mental-wellbeing mental-health | Private room for one to one counselling, two hours on a Thursday.
space-meet children-young-learning young | The youth club roof has been condemned and forty teenagers need an indoor place by winter.
space-meet | You are welcome to hold your committee meetings in our library, there is a long table and tea making things.
space-meet recovery recovery-justice | Our fellowship wants a regular evening venue in the town centre where nobody asks questions.
space-meet | Storage for a trailer and costumes, and somewhere dry to build the carnival float.
space-meet skills-work | We have a classroom with a whiteboard that stands empty after four o'clock.
space-meet | The landlord is selling up and our drop-in has to be out by the summer.
space-meet | Rent has doubled and the group may fold unless we find a cheaper roof.
space-meet | Desk space for one or two days a week, somewhere with other people about.
space-meet | Our meetings have been in my living room for years and my husband has had enough.
space-meet | After five o'clock the whole ground floor is dark and could be yours.
space-meet shared-spaces | A hall with a hatch, a hob and parking that nobody books on Sundays.
space-show arts-making disabled | Our art group of adults with learning disabilities would love somewhere to hang an exhibition of their paintings in spring.
space-show local-history | We have a temporary exhibition gallery that is free from November to February and would like community displays in it.
space-show arts-making young | Youth theatre looking for a stage or big room to put on our play for an audience of sixty.
space-show arts-making | Two large shop windows on the high street where people can put their work on display.
space-show arts-making ageing-dementia older | The ladies at the day centre have knitted an enormous blanket of the village and there is no wall big enough to put it up.
space-show place-pride local-history | There is a blank corridor by our cafe that thousands of visitors walk past, it could show what local people made.
space-show migration-sanctuary migrants | After a year of photography our families from Syria have forty prints in a box that nobody has seen.
space-show arts-making | Our camera club has an annual show and no longer has walls to put it on.
space-show | The stairwell and foyer are yours for a month if you bring your own labels.
space-show place-pride | An empty shop on the precinct would suit a pop-up display by local makers.
space-show arts-making children | Primary school artwork deserves to be on proper panels with lights, not the dinner hall.
space-show arts-making | We could put your play on in our courtyard or lecture theatre on summer nights.
space-show | Touring display on six banners needs its next host from September.
space-show arts-making | Open mic singers looking for a stage and a friendly crowd.
space-show migration-sanctuary migrants | Portraits made by refugee women should hang somewhere the whole town will see them.
space-show | Every summer we make something marvellous and then it goes back in the loft.
space-show | The library has asked for something new on its panels each month.
space-show | Where could a small community exhibition go after it closes here?
space-show | Plinths, frames and lights are in place, all we lack is your work.
space-show arts-making | A brass band needs an audience and a bandstand.
space-outdoor active-healthy nature-climate | We want a bit of land where neighbours can grow vegetables together.
space-outdoor nature-climate mental-wellbeing everyone | The walled garden behind the museum is open to groups who want to dig, plant or just sit outside.
space-outdoor active-healthy families | Two acres of lawn and orchard, good for picnics, sports days or forest school.
space-outdoor active-healthy children-young-learning children | Our nursery has a concrete yard and the children never get their hands in soil.
space-outdoor recovery mental-wellbeing recovery-justice | People in our recovery group say being outside with a spade helps, but all of them live in flats.
space-outdoor nature-climate | The grounds around the mill are overgrown, and we would be glad if somebody made something of them.
space-outdoor nature-climate young | Scouts need a field for camping and fires, within walking distance of the town.
space-outdoor nature-climate | Paddock beside the museum going spare, would suit bees, hens or an orchard.
space-outdoor active-healthy | We need a flat grassy place for a weekly exercise group when the weather is kind.
space-outdoor mental-wellbeing | A quiet corner with benches and raised beds for people who find four walls too much.
space-outdoor children-young-learning children | Can any site near the river take thirty cubs for den making and a campfire?
space-outdoor place-pride | Car park and lawn available for your summer fair or farmers' market.
space-outdoor nature-climate | Our allotment lease is ending and twelve families will lose their plots.
space-outdoor active-healthy | The bowling green has gone to weeds and could be dug for vegetables.
space-outdoor nature-climate | Woodland edge where you are free to coppice, carve and boil a kettle.
space-outdoor nature-climate | We have tools, compost and enthusiasm but not one square yard of earth.
space-outdoor | The courtyard gets the sun and is empty apart from two benches.
space-outdoor | Youngsters round here have nowhere to kick a ball.
space-outdoor mental-wellbeing | Everyone says fresh air would help, and our centre has no windows that open.
objects ageing-dementia dementia older | Memory boxes with things from the 1950s kitchen that we lend to care homes for a month.
objects children-young-learning children | Year 4 are doing the Romans and we would like real finds that pupils can hold.
objects local-history | We can bring items from our collection out to your hall, old tools, toys and lamps, for people to touch.
objects local-history | Could we borrow a few mining lamps and banners for the gala weekend in July?
objects ageing-dementia older dementia | Our residents light up when they can hold a flat iron or a ration book, but we only have pictures of them.
objects local-history | Most of our costumes sit in drawers and never leave the store; we would rather they were seen in the community.
objects health-conditions mental-wellbeing | Patients on long stay wards are bored and cannot come to a museum, so we hope some of the museum can come to the bed.
objects ageing-dementia older | Suitcase of wartime things, gas mask, ration book and all, to pass round the lounge.
objects children-young-learning children | Teacher would like fossils and stone tools that a class can pick up without breaking.
objects local-history | We will lend duplicates from the store for displays in libraries and surgeries.
objects | Replica armour and costume to try on, bookable for two weeks at no charge.
objects ageing-dementia dementia | Smells, sounds and old kitchen gadgets that bring people back to themselves.
objects local-history | The band would love to see the old instruments brought over to the club for an afternoon.
objects faith-communities faith | Is there an old textile from our part of the world in your collection that our congregation could see up close?
objects disability-neurodiversity disabled | Things that blind visitors may feel with their hands, not behind glass.
objects | A trolley of curiosities that goes round the wards.
objects local-history | Could the town's own things come home for a day?
objects | Someone to turn up with a crate of wonders and let people handle them.
objects ageing-dementia older | Things that start conversations: a mangle, a dolly tub, a school bell.
objects | You may have our duplicate lamps and tools on long loan.
stories local-history | We would like help finding old photographs and records of the estate before it was knocked down.
stories local-history migration-sanctuary ethnic older | Our members came from Jamaica in the fifties and want to record their memories before it is too late.
stories local-history everyone | The record office can help groups look up their street, family or building in the census and the newspapers.
stories local-history women | We are researching women who worked in the munitions factory and want to hear from their daughters.
stories local-history | Nobody here knows who the people in our 300 glass negatives are, somebody in the village must.
stories local-history older | The last of the steelworkers come to our Friday breakfast and what they tell you is in no book.
stories equality-representation local-history lgbtq | There is nothing in our museum about gay life in this town and we know it was there.
stories volunteers local-history faith-communities faith | The gurdwara has albums going back to 1963 and elders who are ready to talk about them on tape.
stories local-history | Trying to put names to faces in the school photographs from 1920 to 1970.
stories local-history | Our archive holds trade directories, maps and rate books and we enjoy a detective job.
stories local-history older | Retired nurses with half a century of tales about the old infirmary.
stories migration-sanctuary | How did the first Bangladeshi families come to our street? We want to write it down with them.
stories local-history | What happened to the men on our war memorial and where did they live?
stories | Tapes of interviews from the eighties that nobody has listened to since.
stories equality-representation women | The part the mill girls played in the strike is missing from our displays.
stories local-history | We have looked into the history of the canal for years and can answer most questions.
stories | The people who remember are dying and nobody has asked them.
stories | A box of cuttings and minute books from the club, 1911 to 1986.
stories | Who was she, the woman in the portrait? We would pay for somebody to find out.
stories local-history | Our members will gladly be interviewed about life on the line.
links-people equality-representation ethnic | We do not know anybody in the Somali community and would like to be introduced by somebody they trust.
links-people poverty-hardship low-income | We know nearly every household on the estate and can put you in touch with people who never go to museums.
links-people disability-neurodiversity disabled | We want to reach Deaf people in the city and build relationships with them properly.
links-people faith-communities faith | The mosque can spread the word among 400 families and vouch for you.
links-people neighbourhood-renewal | People from the flats across the road walk past our door every day and none of them has ever come in.
links-people equality-representation | Our visitors are all white, retired and from the nice end of town, and we do not know how to get to anyone else.
links-people children-young-learning young | Teenagers here will not talk to strangers in lanyards but they do talk to our youth workers.
links-people | Families on this side of the ring road think the museum is not for the likes of them.
links-people faith-communities faith | Sisters at our Friday circle trust me and would come if I came with them.
links-people equality-representation ethnic | Who should we talk to in the Roma community? We do not want to turn up uninvited.
links-people children-young-learning young | Sixteen to twenty year olds are the group we never manage to attract.
links-people | After thirty years running the corner shop charity we know everybody by first name.
links-people disability-neurodiversity disabled | We would like to get to know groups of learning disabled adults in the valley.
links-people | Housing officers who meet new tenants every week and could bring some along.
links-people place-pride | We have never had anybody from the new estate through our gates.
links-people | We advertise and the same dozen come.
links-people | An estate of two thousand homes at our back gate and not one regular visitor from it.
links-people | My cousins, my congregation, my neighbours: I can fill a coach if it is worth their while.
links-people | You would need someone to vouch for you first, and that can be us.
links-people | Ninety per cent of our audience is over fifty five and white.
lived-experience disability-neurodiversity disabled | We need disabled people to tell us, and be paid for telling us, what is wrong with our new gallery plans.
lived-experience mental-wellbeing mental-health | Our panel of people who have been through mental illness can help shape your displays from the start.
lived-experience ageing-dementia dementia | Want to plan our tours together with people living with dementia rather than for them.
lived-experience homes-homelessness low-income | Looking for people who have been homeless to co-curate an exhibition about home.
lived-experience safety-justice recovery-justice | Our lads have been inside and can tell you in five minutes why your poster puts them off.
lived-experience equality-representation ethnic | We have written labels about the slave trade for years without ever asking a Black person what they think.
lived-experience disability-neurodiversity young disabled | Ten autistic young people who would happily walk round and say what is too loud, too bright or confusing.
lived-experience recovery recovery-justice | People in recovery who would tell us honestly how our words about drink come across.
lived-experience caring carers | A group of carers to sit with our designers from day one.
lived-experience children-young-learning young | Our young advisers will review your plans and they do not hold back.
lived-experience migration-sanctuary migrants | Asylum seekers choosing the objects and writing the labels with us, for a fee.
lived-experience disability-neurodiversity disabled | Wheelchair users willing to test routes and report back before you spend the money.
lived-experience | We keep making decisions about people who are not in the room.
lived-experience poverty-hardship low-income | Parents who have used the food bank should shape how this is told.
lived-experience mental-wellbeing mental-health | Service users with direct experience of the old hospital helping to plan its exhibition.
lived-experience | The plans were drawn up by people who have never had to choose between heating and eating.
lived-experience | Ask us before you build it, not after.
lived-experience | Paid advisers wanted who know the care system from the inside.
lived-experience | A reading group of survivors would go through your texts line by line.
lived-experience | Nothing about us without us, and expenses paid.
volunteers | We need more volunteers to open the museum on Sundays.
volunteers place-pride | Our members would be glad to help out at your events, about a dozen willing pairs of hands.
volunteers nature-climate | Wanted: helpers for clearing the canal bank on the first Saturday of each month.
volunteers loneliness older | Befrienders needed to visit older people who do not see anybody from one week to the next.
volunteers local-history | There are six of us, the youngest is 71, and we can only open two afternoons now.
volunteers poverty-hardship low-income | The food bank queue gets longer and the same four people do all the packing.
volunteers | Staff at our company get three days off a year to do something useful and do not know where to go.
volunteers heritage-skills local-history | We no longer need a place to meet, what we are short of is people to sort through the parish chest.
volunteers | Could anybody give us two hours a week on the till or making the teas?
volunteers nature-climate | Forty students on a community day, put us to work painting, weeding or shifting stones.
volunteers local-history | Guides are getting on a bit and there is nobody to take over the tours.
volunteers | Fewer and fewer people turn up to the working parties on the railway.
volunteers place-pride | Marshals and stewards for the carnival, high vis provided.
volunteers poverty-hardship | More hands to sort and pack parcels on a Wednesday.
volunteers | Half our rota is on holiday in August and we shall have to close.
volunteers | I have time on my hands since I retired and can turn my hand to most jobs.
volunteers | If everybody gave one Saturday a year the place would be spotless.
volunteers | Join us on the fence, the paths or the tea urn.
volunteers | Please could anyone spare an afternoon to help move the store?
volunteers | We are all getting older and the ladders are not.
volunteers | Vacancies on the desk, in the shop and in the workshop, no experience required.
volunteers | My lot love a project, point us at a wall and a tin of paint.
volunteer-places skills-work young | We can take two students a term on placement in our collections store.
volunteer-places skills-work disabled young | Our college students with special needs are looking for work experience in a friendly place.
volunteer-places migration-sanctuary skills-work migrants | People waiting for asylum cannot work and want to volunteer somewhere to practise their English.
volunteer-places skills-work recovery-justice | We offer supported volunteering for people coming out of prison, with a mentor and bus fares.
volunteer-places skills-work low-income | Our job club members have been out of work for years and need something to put on a CV.
volunteer-places mental-wellbeing loneliness mental-health men | Several of our men are well enough to do a morning a week for somebody, behind the scenes rather than front of house.
volunteer-places skills-work | There is always polishing, painting and filing to do in our engine shed, and we are patient with beginners.
volunteer-places skills-work young | Sixth formers doing their Duke of Edinburgh need three months of useful service somewhere.
volunteer-places skills-work disabled | A gentle first step for autistic adults who want a job but have never been given a chance.
volunteer-places skills-work | You can shadow our conservation team for a fortnight, travel paid.
volunteer-places skills-work recovery-justice | Somewhere that will take our lads on for unpaid work experience without judging their record.
volunteer-places skills-work | Trainee roles in catering, gardening and front of house with a reference at the end.
volunteer-places migration-sanctuary migrants | Doctors and engineers who fled here and need a British organisation on their CV.
volunteer-places mental-wellbeing mental-health | Being needed somewhere one day a week would do our members more good than another course.
volunteer-places skills-work young | Undergraduates looking for a heritage internship of six to ten weeks.
volunteer-places | She is bright, shy and has been at home for two years; would you have her?
volunteer-places | Work tasters for Year 10, a week at a time.
volunteer-places | We like training up people nobody else will take.
volunteer-places | They need to show the job centre they are doing something.
volunteer-places | A degree student could do their dissertation with us.
staff-time mental-wellbeing mental-health | We could do with a support worker for two hours a week to run the group with us.
staff-time children-young-learning children | Our learning officer has a day a month free to lead sessions in schools or clubs.
staff-time children-young-learning young | A youth worker from our team can come along to your first few sessions.
staff-time active-healthy older | Looking for somebody paid to lead a weekly walk for over 60s, we cannot do it on top of everything.
staff-time | I am the only one employed here, two days a week, and there are not enough hours to go out and meet groups.
staff-time | My manager has agreed I can give one morning a fortnight to a partner for six months.
staff-time ageing-dementia dementia | The memory cafe only happens when I can be there, when I am ill it is cancelled.
staff-time | If our ranger led it once a month could your group supply the people?
staff-time | We can spare our outreach officer for ten half days this winter.
staff-time children-young-learning | What is missing is a worker to hold the sessions together, our helpers are willing but not confident.
staff-time | The council will lend a development worker to a partnership for up to six months.
staff-time health-conditions | Link worker with four hours a week to attend and support people through the door.
staff-time | Everything depends on one part-time curator who already does three jobs.
staff-time active-healthy | An instructor to take the class for a term, paid at the going rate by us if you find them.
staff-time children-young-learning young | Two of our youth workers could co-run a holiday programme.
staff-time | We can write it up and promote it but somebody has to be there every week.
staff-time | Funded until March, our engagement officer has capacity for one more group.
staff-time | I could be lent to you on Wednesdays.
staff-time | Sessions stop whenever our one worker goes on leave.
staff-time | Would a ranger, librarian or curator come and talk to us regularly?
engaged-practice voice-debate | We want to learn how to work with communities as equals and not just consult them.
engaged-practice arts-making voice-debate | Twenty years of participatory arts practice, we know how to make projects with people instead of at them.
engaged-practice place-pride | Our community development workers can show your staff how to do outreach that lasts.
engaged-practice voice-debate everyone | Our curators need skills in facilitation and co-production with local residents.
engaged-practice | Every time we run a project people come for the free lunch and then we never see them again.
engaged-practice voice-debate | Last time we asked residents what they wanted it turned into a shouting match and we did not know what to do.
engaged-practice | We have made most of the mistakes you can make when a museum goes knocking on doors, and will tell you about them.
engaged-practice | We were trained to look after things and now we must learn to listen to people.
engaged-practice voice-debate | How do you share decisions with residents without it becoming a talking shop?
engaged-practice | Co-creation is what we do: building trust slowly and letting the group lead.
engaged-practice | Facilitator used to hard conversations about race, class and belonging.
engaged-practice | Our projects always stop when the funding stops and people feel used.
engaged-practice | We can show you how to hold a meeting that quiet people enjoy.
engaged-practice | The community told us we parachute in and parachute out, and they are right.
engaged-practice arts-making | Artists and community organisers with a long practice of making work alongside people.
engaged-practice | Consultation fatigue: they have been asked, and asked, and nothing happened.
engaged-practice | How do you keep people coming when the biscuits run out?
engaged-practice | We learnt the hard way to start with what people care about.
engaged-practice | Handing over the keys frightens us, and we would like to learn how.
engaged-practice | Come and talk to our staff about power and who has it.
access-skills disability-neurodiversity disabled | We need advice on making our old building easier for wheelchair users.
access-skills disability-neurodiversity disabled | Our charity can do an access audit and tell you what signs, lighting and seating would help blind visitors.
access-skills disability-neurodiversity disabled | BSL users who can advise museums on Deaf friendly tours and subtitles.
access-skills languages migration-sanctuary migrants | Help wanted putting our leaflets into plain English and easy read.
access-skills disability-neurodiversity disabled families | A mum left in tears last week because her autistic son could not cope with the noise in our main hall.
access-skills disability-neurodiversity disabled | There are four steps at our front door and the lift is broken more often than not.
access-skills disability-neurodiversity disabled | We know what a quiet hour should look like and why large print alone is not enough.
access-skills travel-access disability-neurodiversity disabled | Half our members use a chair and every trip comes down to ramps, toilets and who drives.
access-skills disability-neurodiversity disabled | Is our font big enough, is our website readable, can a screen reader cope with it?
access-skills disability-neurodiversity disabled | We train guides to describe pictures to people with little or no sight.
access-skills disability-neurodiversity | The fire alarm, the hand dryers and the crowd send some children running.
access-skills disability-neurodiversity disabled | Ramps, handrails, hearing loop: tell us what to do first, we cannot afford all of it.
access-skills languages | Making information simple enough for people who are new to English.
access-skills disability-neurodiversity disabled | Our members use wheelchairs and scooters and will go round your site with a clipboard.
access-skills disability-neurodiversity | Social stories, sensory bags and calm hours set up with you by parents who know.
access-skills disability-neurodiversity disabled | A Deaf group turned up and not one of us could say hello.
access-skills | People with hearing aids give up on our talks.
access-skills | We do not know whether to say disabled people or people with disabilities.
access-skills | Every label in the place is at the height of a tall man.
access-skills | Our parents can show you why a queue is torture for their children.
access-skills | Captions, clear fonts, quiet corners: we can check the lot.
health-care-skills safety-justice children | We have never written a safeguarding policy and need somebody to check ours.
health-care-skills mental-wellbeing mental-health | Our nurses can advise on what to do when somebody gets upset in a session.
health-care-skills health-conditions | How do we get GPs and link workers to refer patients to our craft group?
health-care-skills ageing-dementia dementia | Occupational therapist who can talk to your team about supporting people with dementia.
health-care-skills mental-wellbeing mental-health | Last month a woman told our volunteer she did not want to live any more and he did not know what to say.
health-care-skills safety-justice young | Some of the kids say things about home that worry us and we are not sure who we should tell.
health-care-skills health-conditions | The practice team sees people every day who need company more than tablets, and we know how to pass them on safely.
health-care-skills | Is it all right to work with hospital patients, and who signs it off?
health-care-skills mental-wellbeing mental-health | Psychologist happy to supervise artists who work with trauma.
health-care-skills health-conditions | Referral forms and a named person at the surgery so the right people come.
health-care-skills safety-justice children | Somebody to go through our child protection procedure and DBS checks.
health-care-skills ageing-dementia dementia | What do we do if someone with dementia wanders off or has a fall?
health-care-skills health-conditions | Community nurses who can talk about infection, lifting and medicines.
health-care-skills safety-justice | A child told one of our volunteers something at the craft table and we did not handle it well.
health-care-skills health-conditions | Our physios can help you plan an exercise session that is safe for bad hearts.
health-care-skills | When should a helper stop, and fetch a professional?
health-care-skills | Matron will come and explain what our residents can and cannot do.
health-care-skills | None of us is qualified and people tell us terrible things.
health-care-skills | How do patients get sent to us, and what may we be told about them?
health-care-skills | Social workers glad to look over how you keep children safe.
heritage-skills local-history | Need an expert to tell us how to look after old football shirts and programmes properly.
heritage-skills local-history | Our conservator can advise groups on storing photographs, textiles and paper.
heritage-skills local-history | We can show you how to put an exhibition together, write labels and make cases safe.
heritage-skills faith-communities local-history faith | The chapel has a leaking listed roof and we need someone who understands historic buildings.
heritage-skills local-history | Our roof space is full of boxes that nobody has ever catalogued.
heritage-skills local-history | Moths have got into the regimental uniforms and none of us knows what to do about it.
heritage-skills local-history | My late father left the club 200 medals and cups, some of it might be worth something, it is in carrier bags.
heritage-skills local-history | Silver cups going black and certificates going brown, what should we do?
heritage-skills local-history | Curator willing to look through your cupboard and say what matters.
heritage-skills local-history | How do you number, list and photograph four hundred objects with no money?
heritage-skills | We would like our shed of tractors to become a proper museum one day.
heritage-skills local-history | Damp in the vestry is getting to the registers and the banners.
heritage-skills | Spare display cases, acid-free boxes and someone to show you how to use them.
heritage-skills neighbourhood-renewal | Who understands slate roofs and lime plaster and would look at a derelict chapel with us?
heritage-skills local-history | Advice on writing panels, choosing lighting and mounting photographs.
heritage-skills | The damp has reached the portraits.
heritage-skills | What do we throw away, what do we keep, and who decides?
heritage-skills | A century of programmes in a tin trunk, sticking together.
heritage-skills | Mounts, labels, lighting, insurance: we have never made an exhibition before.
heritage-skills | Old photographs curling up in the heat above the bar.
creative-sessions arts-making mental-wellbeing mental-health | We would like an artist to run painting workshops with our patients.
creative-sessions arts-making | Potter and printmaker offering hands on workshops for any age.
creative-sessions arts-making young | We run drumming, dance and rap sessions with teenagers and could bring them to you.
creative-sessions arts-making children families | Looking for a storyteller or puppeteer for half term family days.
creative-sessions arts-making ageing-dementia older | Afternoons in the care home are long, and they are bored of bingo, they would love to make something with their hands.
creative-sessions arts-making local-history | We would like a mural on the gable end that tells the story of the docks but none of us can draw.
creative-sessions arts-making women | Our women stitch, weave and felt and love to sit down with others and show them how.
creative-sessions training arts-making skills-work young | We don't need any money, we can offer film making lessons to young people not in school or work.
creative-sessions arts-making | Ceramicist with a portable wheel and twenty years of village halls behind her.
creative-sessions arts-making older | Something to do with wool, paint or clay that shaky hands can manage.
creative-sessions arts-making children | Puppet making in the Easter holidays, we bring the paper and glue.
creative-sessions arts-making | We want a song written about our estate and sung by everyone.
creative-sessions arts-making mental-wellbeing | A poet in residence to write with the lads on the ward.
creative-sessions arts-making young | Film makers and beat makers who can keep fifteen year olds interested.
creative-sessions arts-making | Commission an artist with us to make a banner for the march.
creative-sessions arts-making women | Lace makers ready to demonstrate, teach and gossip.
creative-sessions | Make and take afternoons, everybody leaves with a lantern.
creative-sessions | The ward has a piano and nobody to play it.
creative-sessions | A writer to help them get it down on paper in their own voice.
creative-sessions | We would like to weave something enormous together.
creative-sessions | Our samba teacher could set your car park alight.
training disability-neurodiversity disabled | Our front of house team want Deaf awareness training.
training ageing-dementia dementia | We run free dementia friends courses for any team, two hours, in your building.
training skills-work | Volunteers would like to learn first aid and food hygiene and get the certificate.
training local-history | Half-day course in oral history interviewing for groups, taught by our archivist.
training mental-wellbeing mental-health | None of our stewards has ever been taught what to do if a visitor has a panic attack.
training skills-work | We bought cameras with a grant and nobody in the group has had a lesson in using them.
training skills-work young | We teach bricklaying and joinery on Tuesday nights and there are five seats left.
training health-care-skills caring carers | Our staff have been asked to run sessions for young carers and would like to be taught how to do it well.
training skills-work | Bite size lessons in bookkeeping, minutes and running a meeting for new committees.
training | How do you use the catalogue software? We need an hour with somebody who knows.
training skills-work | Free manual handling, fire marshal and first aid days for charities.
training disability-neurodiversity | Autism awareness for everyone who works with the public.
training local-history | Come and learn to read old handwriting over four Saturdays.
training skills-work | Nobody showed us how to talk to a group of sixty schoolchildren, we are winging it.
training | Our tour guides would like to be taught public speaking.
training skills-work low-income | Basic computer lessons and a certificate that employers recognise.
training | Who can explain gift aid, insurance and risk to eleven nervous people?
training | One day course, sandwiches included, bring your own laptop.
training | New stewards start in April and somebody has to show them what to do.
training | We deliver awareness sessions to staff teams at no charge.
training | They have the camera and not the faintest how to work it.
mentoring | New museum manager would value a mentor who has run a small site on her own.
mentoring | Happy to coach somebody starting out, an hour a month on the phone.
mentoring | Come and see how we do it: other museums are welcome to visit and spend a day with our team.
mentoring place-pride | We would like to visit a group that has already taken over its village hall and ask them everything.
mentoring | I took over from Brenda after 30 years and there is nobody I can ask the silly questions.
mentoring | I chaired a trust through a merger and survived, and would gladly sit down with anyone facing one.
mentoring | Every problem we have, somebody at another small museum must have solved already.
mentoring | Being the only manager is lonely and I could do with somebody wise at the end of the phone.
mentoring | We opened a community shop in an old museum and will show anyone round, warts and all.
mentoring | Ex director, now retired, glad to be a sounding board for somebody younger.
mentoring | Which museum our size has already started charging for entry, and did it work?
mentoring | Swap a day: you see our place, we see yours.
mentoring | First time chair would value regular conversations with an old hand.
mentoring | How do others manage with two staff and nine thousand visitors?
mentoring | We have been through Accreditation twice and can talk you through it.
mentoring | I would pay for the train to see one working.
mentoring | An experienced eye once a quarter, and honesty.
mentoring | Tell us what you wish you had known.
mentoring | We set one up five years ago and can save you some pain.
mentoring | It is my first museum and I am learning by mistake.
governance equality-representation | Our board needs new trustees, especially younger people and people from different backgrounds.
governance | Treasurer and secretary wanted for a small charity, four meetings a year.
governance | Retired solicitor willing to join a committee and help with constitutions and policies.
governance | We help groups become charities, write a constitution and understand what trustees have to do.
governance | Our chairman has been chairman for 26 years and would quite like to stop.
governance | We are just a bunch of neighbours and the bank says we cannot have an account without rules on paper.
governance | The museum will leave the council in April and we do not know what kind of organisation we should turn into.
governance | Nobody wants to be secretary and the annual meeting is in June.
governance | Is our constitution still legal? It was typed in 1974.
governance | Accountant able to examine small accounts without a fee.
governance | Choosing between a CIO and a community interest company is beyond us.
governance | We want board members who look like the town we serve.
governance | Staff pensions, insurance, data protection: the trustees lie awake.
governance | I sit on three boards and could take on a fourth for the right cause.
governance | Three trustees resigned over the rebuild and there is no quorum.
governance | Pwyllgor bach angen cadeirydd a rhywun i gadw'r cyfrifon.
governance | At the AGM nobody put their hand up.
governance | The treasurer has died and we cannot find the cheque book.
governance | Should we be a charity, a company or neither?
governance | Good with figures? We meet four times a year and there is cake.
governance | Policies copied from the internet in 2008.
joint-bid | Looking for a charity to apply with us to the Lottery before the March deadline.
joint-bid | We are writing an application to a heritage fund and have room for one more partner.
joint-bid children-young-learning young | Want a museum to go in with us on a bid for youth money from a foundation.
joint-bid health-conditions | Happy to be the named partner in somebody's funding bid about health.
joint-bid | The fund only takes applications from two organisations together and we are one.
joint-bid place-pride | They turned us down last year because we had no community group on board, the next round closes in May.
joint-bid | We have the track record and the accounts that funders ask for, you have the idea, let us write it up together.
joint-bid | The funder's form is forty pages, shall we do it together?
joint-bid | Stage two application due in the autumn and it needs a health partner.
joint-bid | We have matched funding from the council but cannot apply on our own.
joint-bid | Two museums are in already, a third with collections from the Caribbean would make the consortium.
joint-bid | Willing to hold the grant and do the reporting for a smaller group.
joint-bid | A letter of support is not enough, they want a real partner with a budget line.
joint-bid | Our last three bids failed because no museum was on the form.
joint-bid | Community foundation round opens on the first, who is coming in with us?
joint-bid | It has to be a partnership or they will not look at it.
joint-bid | We bring the building, you bring the people, they bring the money.
joint-bid | Expression of interest goes in next month and we are one name short.
joint-bid | Can we put you down as a partner on the form?
joint-bid | Rejected twice for lack of community involvement.
money | We need about £2,000 for materials and a tutor.
money place-pride | Small grants of up to £5,000 for groups that bring neighbours together.
money health-conditions loneliness | The health board can commission activities that keep people well and out of hospital.
money children-young-learning children low-income | Funding to cover school visits for pupils whose parents cannot pay.
money | Our grant ends in March and after that we can't pay Sue.
money loneliness older | The council has an underspend this year which has to go on activities for lonely pensioners.
money | The boiler has gone and there is £340 in the account.
money | Rent, heating and one wage: that is eleven thousand pounds we have not got.
money | Our trustees award up to twenty small grants each spring.
money poverty-hardship | Somebody to sponsor free entry for families on benefits.
money health-conditions | We commission services for older adults and have a little left for culture.
money | The lottery money runs out before Christmas and the worker goes with it.
money | Materials, artists' fees and a minibus come to more than we raise at the fair.
money | Businesses round here might chip in if they were asked.
money | Quote for the new floor is three times our income.
money | We keep going on raffle tickets.
money | No wages, no rent paid since July.
money | Who pays for the bus, the lunch and the artist?
money | A modest fund for neighbours' ideas, decided in a month.
money | Our reserves will last until the autumn.
evidence | We need help to measure whether our sessions make people feel any better.
evidence poverty-hardship | We can share figures on poverty, health and isolation for every ward in the city.
evidence | University students can do your survey and write up an evaluation.
evidence health-conditions | We would like local statistics on long-term illness for an application.
evidence | Funders keep asking what difference we make and all we have is a visitors' book.
evidence | We know it works, you can see it in their faces, but we cannot prove it to the council.
evidence loneliness older | We knocked on 900 doors last winter and asked people how often they see anybody, and you can have the results.
evidence | We have feedback forms in a drawer going back nine years.
evidence | Analyst who can turn your attendance lists into graphs.
evidence | What proportion of people round here live alone, have no car or are in poor health?
evidence | Researchers looking for organisations to study the effect of handling objects on mood.
evidence | The commissioner wants outcomes and we count biscuits.
evidence | Before and after questions that people with little English can answer.
evidence | Case studies and quotes you may use, with consent, from three years of sessions.
evidence | Everyone tells us it changed their life and nobody has written it down.
evidence | Is there really a need, or is it only us who think so?
evidence | Our figures by postcode, age and income are free to use.
evidence | Please help us ask better questions than did you enjoy your visit.
evidence | The annual report needs more than nice pictures.
networks | We can put your event in our newsletter, it goes to 600 groups across the county.
networks | Help getting the word out about our open days, especially to people who are not online.
networks | We would like an introduction to somebody at the council who deals with culture.
networks health-conditions | Social prescribers who can point people towards your activities.
networks | We do good things and hardly anyone has heard of us.
networks | We never know what other groups in the area are up to until it is over.
networks voice-debate | Every tenants association in the borough comes to our monthly forum and you could speak at it.
networks | Our e-bulletin reaches every parish clerk in the county.
networks | We are the best kept secret in town, tourists find us and locals do not.
networks | Who is the right officer for culture at the health board? An e-mail from you would open the door.
networks | Noticeboards, shop windows, the radio: we will spread your posters about.
networks | Only eleven came to our talk because nobody knew it was on.
networks | Come and speak to our forum, sixty organisations are round the table.
networks | Groups here work in silos and keep doing the same thing twice.
networks | We would like to be on the list that link workers use.
networks | Nobody tells us anything.
networks | We can mention you in the church notices, the school bags and the surgery.
networks | An audience of four, one of them my mother.
networks | Do you know anyone at the college? A name would do.
networks | There must be others doing the same, how would we ever find them?
equipment-digital | Can anybody lend us a projector and screen for our talks?
equipment-digital | We have ten tablets and a 3D scanner that groups can borrow.
equipment-digital skills-work older | Help with building a website, we are all over seventy and the old one was made by somebody's nephew.
equipment-digital local-history | Recording kit and microphones for interviews, and someone to show you how they work.
equipment-digital | Our only laptop is from 2009 and the booking system is a paper diary.
equipment-digital local-history | Four thousand slides and no scanner.
equipment-digital | Our IT department throws out perfectly good computers every summer.
equipment-digital | A decent camera, a tripod and a person under forty who understands editing.
equipment-digital | Display screens, laptops and a sound desk that sit idle between festivals.
equipment-digital | Our website still says Christmas 2016.
equipment-digital | Large format scanner, bring your maps and plans.
equipment-digital older | Tablets set up with big icons for people who have never been online.
equipment-digital | We run everything from one e-mail address and a biscuit tin of memory sticks.
equipment-digital | Trestle tables, gazebos and a PA to lend for community days.
equipment-digital | Someone to put our catalogue on the internet.
equipment-digital | We still send everything by post.
equipment-digital | The sound is terrible at the back and we own one microphone.
equipment-digital | Old phones, cables and a printer looking for a home.
equipment-digital | Could we use your big printer for maps?
equipment-digital | A young person to drag our bookings into this century.
travel-access loneliness older | Our community minibus with a driver is free on weekdays and has a tail lift.
travel-access children-young-learning children | Schools say they would come if somebody paid for the coach.
travel-access migration-sanctuary migrants | We need an interpreter for Arabic and bus tickets for the families.
travel-access caring carers | We can pay for a sitter so that carers get out for an afternoon.
travel-access loneliness neighbourhood-renewal older | There is one bus on Tuesdays and after that our old people are stuck in the village.
travel-access poverty-hardship low-income | A family of four cannot get to you for less than £14 and that is their supper.
travel-access disability-neurodiversity disabled | Our van fits two wheelchairs and stands in the yard most of the week.
travel-access older | Members give up coming once they stop driving.
travel-access | Sixteen seater with a volunteer driver, yours for the cost of the diesel.
travel-access poverty-hardship low-income | Return fare for a mum and three kids is more than the food shop.
travel-access disability-neurodiversity disabled | Sign language interpreters cost us more than the room.
travel-access | We refund bus tickets and taxis for anyone taking part.
travel-access | The last bus back up the valley leaves at four.
travel-access caring carers | Carers can only come if somebody sits with mum.
travel-access children-young-learning children | Coach hire has doubled and schools have stopped booking.
travel-access | They would love to and they cannot get there.
travel-access | Two trains and a bus each way with a pushchair.
travel-access | Our driver, our bus, your diesel.
travel-access | Evening events are out for anyone without a car.
travel-access | Someone to interpret, and a fare home.
first-talk | We do not really know what we want yet, just a chat to begin with.
first-talk | Would like to meet somebody from a museum over a cup of tea and see what happens.
first-talk | Open to ideas, happy to talk to anyone.
first-talk | Not sure what we could do together but we would like to find out.
first-talk | We are brand new and have not worked out what to ask for.
first-talk | No idea if this is for us, my councillor said I should fill it in.
first-talk | Nothing in particular to give, but our door is open and the biscuits are good.
first-talk | We are nosy about museums and have never been asked before.
first-talk | Put the kettle on and we will tell you what we do.
first-talk | No grand plan, we would just like to know who is out there.
first-talk | Somebody suggested we might get on with a museum, let us find out.
first-talk | Too early to say what we need, a phone call would help.
first-talk | We have more questions than answers at this stage.
first-talk | Anyone who fancies a brew and a natter about working together.
first-talk | We do not know what a museum could do for people like ours, tell us.
first-talk | Curious, a bit nervous, and free most mornings.
first-talk | Ring me and I will think of something.
first-talk | We have not got a wish list, we have got an open door.
first-talk | Can we start by simply meeting?
first-talk | Just interested at this point.
"""
_WELSH = """
space-meet languages language | Rydym yn griw o ddysgwyr Cymraeg ac mae'r caffi lle'r oeddem yn cwrdd wedi cau.
space-meet | Ein hystafell bwyllgor ar gael am ddim gyda'r nos, gyda chegin fach.
space-meet arts-making | Mae'r côr yn chwilio am neuadd gynnes i ymarfer bob nos Iau.
space-show arts-making | Chwilio am oriel neu wal i ddangos gwaith celf ein grŵp am fis yn yr haf.
space-show | Gallwch arddangos eich gwaith yn ein cyntedd am chwe wythnos.
space-show arts-making | Mae'r grŵp drama am berfformio o flaen cynulleidfa a does dim llwyfan yn y pentref.
space-outdoor nature-climate | Mae gennym ardd fawr y tu ôl i'r amgueddfa a allai gael ei defnyddio gan grwpiau lleol.
space-outdoor | Mae darn o dir gwag ger yr orsaf lle gallech dyfu llysiau.
space-outdoor nature-climate | Hoffem gael lle tu allan i blannu coed gyda'r plant.
objects ageing-dementia local-history older | Gallwn fenthyg bocsys o hen bethau o'r gegin a'r ysgol i gartrefi gofal.
objects children-young-learning | Mae gennym focsys trin am y Rhufeiniaid i ysgolion eu benthyg.
objects | Gwrthrychau go iawn i'w dal a'u trafod gyda'r henoed.
stories local-history languages language | Hoffem gasglu atgofion pobl leol am y chwarel a'u recordio yn Gymraeg.
stories local-history | Mae gan ein haelodau hanesion am fywyd ar y môr ac maent yn barod i'w hadrodd.
stories | Chwilio am hen luniau a dogfennau am gapel y pentref.
stories | Does anybody recognise this street, these faces, this shop front?
links-people migration-sanctuary migrants | Mae ffoaduriaid yn byw yn y dref ond nid ydym yn adnabod neb ohonynt.
links-people | Gallwn eich cyflwyno i deuluoedd sydd byth yn dod i amgueddfa.
links-people | Sut mae cyrraedd pobl ifanc yr ardal a meithrin ymddiriedaeth?
lived-experience caring carers | Hoffem i ofalwyr ifanc ein helpu i gynllunio'r prosiect a chael eu talu am eu hamser.
lived-experience disability-neurodiversity disabled | Pobl anabl i'n helpu i ddylunio'r oriel newydd, a'u talu am hynny.
lived-experience | Mae ein panel wedi byw drwyddo a gall ddweud wrthych beth sy'n gweithio.
volunteers | Mae angen mwy o bobl i helpu yn yr amgueddfa ar benwythnosau.
volunteers | Mae angen pobl i helpu gyda'r ardd ac i groesawu ymwelwyr.
volunteers | Byddai ein haelodau'n fodlon rhoi diwrnod i glirio a phaentio.
volunteer-places skills-work young | Gallwn gynnig profiad gwaith i ddisgyblion a myfyrwyr yn ystod yr haf.
volunteer-places | Lle i un person ifanc ddysgu crefft gyda'n tîm am dymor.
volunteer-places skills-work | Hoffai ein pobl gael blas ar weithio a rhywbeth i'w roi ar eu CV.
staff-time | Gall ein swyddog dysgu arwain sesiwn y mis i'ch grŵp.
staff-time | Gallwn ryddhau aelod o staff am hanner diwrnod bob pythefnos.
staff-time | Does neb gennym i arwain y sesiynau ar ddydd Gwener.
engaged-practice voice-debate | Hoffem ddysgu sut i weithio gyda chymunedau mewn ffordd fwy cyfartal a chreadigol.
engaged-practice | Rydym yn brofiadol mewn hwyluso a gweithio ochr yn ochr â chymunedau.
engaged-practice | Sut mae rhannu grym â phobl leol yn lle ymgynghori'n unig?
access-skills disability-neurodiversity disabled | Mae angen cyngor arnom ar wneud yr amgueddfa'n hygyrch i bobl ddall.
access-skills disability-neurodiversity disabled | Cyngor ar brint bras, dolen glyw a llwybrau i gadeiriau olwyn.
access-skills | Sut i wneud ein taflenni'n haws i'w darllen?
health-care-skills ageing-dementia dementia | Gallwn roi cyngor i'ch staff ar ofalu am bobl â dementia.
health-care-skills safety-justice | Angen help gyda pholisi diogelu ac asesu risg.
health-care-skills mental-wellbeing mental-health | Gall ein tîm iechyd meddwl gynghori eich gwirfoddolwyr.
heritage-skills local-history faith-communities faith | Mae angen cyngor ar sut i ofalu am hen lyfrau a dogfennau'r capel.
heritage-skills local-history | Mae ein baneri'n pydru ac nid ydym yn gwybod sut i'w cadw.
heritage-skills local-history | Gallwn eich helpu i gatalogio a gofalu am gasgliad bach.
creative-sessions arts-making languages children | Bardd a cherddor sy'n cynnal gweithdai ysgrifennu caneuon gyda phlant.
creative-sessions arts-making | Artist i arwain gweithdai argraffu gyda phobl hŷn.
creative-sessions arts-making | Rydym yn cynnal sesiynau canu a dawns i bob oed.
training equality-representation | Hoffai ein gwirfoddolwyr gael cwrs ar gydraddoldeb a chynhwysiant.
training | Cwrs undydd ar ddiogelu i wirfoddolwyr yn eich canolfan.
training | Hoffem ddysgu sut i gyfweld a recordio pobl.
mentoring | Hoffem ymweld ag amgueddfa debyg i weld sut maen nhw'n gweithio.
mentoring | Chwilio am fentor sydd wedi rhedeg amgueddfa fach.
mentoring | Dewch i weld sut rydym ni'n gwneud pethau, gan gynnwys y camgymeriadau.
governance | Rydym yn chwilio am ymddiriedolwyr newydd, yn enwedig trysorydd.
governance | Gallwn helpu gyda chyfansoddiad a chofrestru fel elusen.
joint-bid | Chwilio am bartner i ymgeisio am grant Loteri gyda ni erbyn mis Mawrth.
joint-bid | Ymgeisio ar y cyd i gronfa dreftadaeth.
joint-bid | Mae angen partner arall ar ein cais cyn y dyddiad cau.
money | Grantiau bach i grwpiau cymunedol sy'n gweithio gyda phobl ifanc.
money | Mae'r cyllid yn dod i ben a does dim arian i dalu'r tiwtor.
money | Gallwn roi grantiau bach at gostau gweithgareddau.
evidence | Sut allwn ni fesur effaith ein gwaith ar lesiant pobl?
evidence | Does any of it work? We would honestly like to know.
evidence | Data am iechyd ac unigrwydd ym mhob ward.
evidence | Sut mae profi bod ein gwaith yn gwneud gwahaniaeth?
networks | Gallwn rannu eich newyddion gyda'n haelodau a'u cyflwyno i chi.
networks | Gallwn roi eich digwyddiad yn ein cylchlythyr.
networks | Nid oes neb yn gwybod amdanom y tu allan i'r cwm.
equipment-digital | Mae angen help gyda'n gwefan a'n cyfryngau cymdeithasol.
equipment-digital | Gallwn fenthyg taflunydd, sgrin a meicroffonau.
equipment-digital | Mae ein cyfrifiadur yn hen ac nid oes neb yn deall y wefan.
travel-access | Ni all ein haelodau fforddio'r bws na'r trên i ddod i'r amgueddfa.
travel-access | Mae gennym fws mini a gyrrwr ar ddyddiau Mawrth.
travel-access | Nid oes bws ar y Sul ac mae'r tacsi'n rhy ddrud.
first-talk | Hoffem gael sgwrs yn gyntaf, dydyn ni ddim yn siŵr eto beth sydd ei angen.
first-talk | Hoffem gwrdd am baned a gweld beth sy'n bosibl.
first-talk | Dim syniad eto, ond rydym yn agored i bopeth.
"""


def _by_slug() -> dict[str, tuple[tuple[str, str], ...]]:
    said: dict[str, list[tuple[str, str]]] = {}
    for table, language in ((_ENGLISH, "en"), (_WELSH, "cy")):
        for line in table.strip().splitlines():
            slugs, text = line.split(" | ")
            for slug in slugs.split():
                said.setdefault(slug, []).append((text, language))
    return {slug: tuple(texts) for slug, texts in said.items()}


SAYINGS = _by_slug()  # by slug: the sentences with their languages
