"""Templates and word lists of the sample archive, written for this project; nobody real is in them."""

# fmt: off
WORDS: dict[str, tuple[str, ...]] = {
    "place": (
        "Harbour Street", "the old pier", "Mill Lane", "the market square", "Station Road", "the seafront",
        "Chapel Hill", "the north quay",
    ),
    "part": (
        "the east side", "the lower town", "the harbour flats", "the caravan park", "the allotments", "Fern Valley",
    ),
    "food": (
        "leek soup", "pancakes", "a lentil curry", "toast and marmalade", "fish pie", "noodles", "a cheese sandwich",
        "porridge",
    ),
    "drink": ("tea", "coffee", "cocoa", "a flat white", "ginger tea"),
    "time": ("7:15", "8:40", "9:05", "12:30", "16:20", "17:45", "18:10", "21:00"),
    "count": ("2", "3", "4", "6", "8", "11", "14", "20", "35", "60"),
    "day": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "thing": (
        "a desk lamp", "two chairs", "a box of books", "a bicycle pump", "a spare kettle", "some plant pots",
        "a printer",
    ),
    "pet": ("my dog", "the cat", "our old spaniel", "the kitten", "next door's puppy"),
    "kin": ("mum", "my sister", "grandad", "my brother", "my nan", "my best friend", "my neighbour", "my little boy"),
    "job": (
        "the quarterly report", "the rota", "a slide deck", "the inventory", "two invoices", "the timetable",
        "the minutes",
    ),
    "show": ("the quiz", "a documentary about trains", "the late film", "the cooking programme", "the football"),
    "team": ("the Rovers", "the under-12s", "the rowing club", "the choir", "the Harbour Ladies"),
    "band": ("The Tin Gulls", "Nine Ferries", "Marsh Radio", "The Slow Lamps"),
    "very": ("so", "really", "so so", "absolutely", "just so", "sooo"),
    "office": ("the council", "the power company", "the water board", "the insurers", "the rail company"),
    "book": (
        "a novel about lighthouses", "a history of maps", "a book on moths", "an old atlas", "a guide to mushrooms",
    ),
}
# fmt: on

CHATTER: dict[str, tuple[str, ...]] = {
    "none": (
        "The {time} bus now leaves from {place}.",
        "Making {food} for lunch, then back to {job}.",
        "Library opens at 9 on {day}, closes at {time}.",
        "Reading {book} on the train.",
        "{count} mm of rain at the weather station on {day}",
        "New on the blog: notes from {place}",
        "Anyone know what time the shop on {place} closes on {day}?",
        "Selling {thing}, collect from {place}.",
        "Meeting moved to {day} at {time}, room {count}.",
        "Working on {job} today. {count} pages to go.",
        "{drink} at the table by the window, then {job}",
        "Watching {show} tonight at {time}",
        "The minutes of the {day} meeting are online",
        "Road works on {place} until {day}, use the side entrance.",
        "Walked from {place} to the station in {count} minutes.",
        "Does {place} have a post box?",
        "Agenda for {day}: budget, parking, the new benches",
        "Updated the page with the new opening hours",
        "Train from platform {count} at {time} calls at all stations.",
        "High tide at {time}, low tide six hours later.",
        "Recipe: {food}, {count} minutes, one pan.",
        "Version 2.{count} is out, changes are listed on the page",
        "Looking for {thing} if someone has one to lend",
        "The exhibition at {place} runs until {day}.",
        "Half term dates are on the school site",
        "Changed the oil, checked the tyres, {count} psi.",
        "{drink} then laundry then {job}.",
        "Poll: {drink} or {drink}?",
        "Survey of {place} takes {count} minutes to fill in",
        "Results: {team} {count}, visitors {count}",
        "Photo: {place}, {day} morning",
        "The article about {place} is on page {count}",
    ),
    "joy": (
        "Such a happy morning, {food} in the sun with {kin}",
        "I feel {very} cheerful today, what a beautiful day",
        "{team} won! So happy right now!!",
        "Best weekend in ages, laughing all day with {kin}",
        "Finished {job} and feeling great, what a lovely {day}",
        "So excited and happy, {kin} is coming to visit!",
        "{pet} made me laugh so much, what a joyful little thing",
        "Delighted with the new job, celebrating with {food}",
        "Feeling {very} content tonight, good music and {drink}",
        "What a wonderful evening at {place}, still smiling",
        "Yay, it's {day}! Feeling good and ready to have fun",
    ),
    "sadness": (
        "Feeling {very} sad and lonely tonight",
        "I miss {kin} {very} much, crying again",
        "{pet} died this morning, heartbroken",
        "What a miserable {day}, I feel so down",
        "Everything feels hopeless today, just tired and sad",
        "Said goodbye to {kin} at the station, feeling lost and blue",
        "So disappointed about the result, gutted",
        "Can't sleep, feeling empty and depressed again",
    ),
    "anger": (
        "I am {very} angry at {office}, {count} calls and no answer",
        "Furious. Someone broke into the shed on {place} again",
        "So annoyed with people who play music out loud on the train",
        "{office} lost my letter again, this makes me so mad",
        "Absolutely fed up and irritated with this rude driver on {place}",
        "Why is everyone so selfish today? I hate this queue!!",
        "The {time} train is cancelled AGAIN, outrageous, I'm raging",
    ),
    "love": (
        "I love {kin} {very} much, that's the tweet",
        "Feeling so loved today, {kin} sent flowers and a sweet letter",
        "My heart is full, holding {pet} close, so much tenderness",
        "Happy birthday {kin}, I adore you and always will",
        "So fond of this little town and its caring people",
        "I feel so blessed and loved, thank you all my dear friends",
    ),
    "fear": (
        "I'm so nervous about the exam on {day}, shaking",
        "Terrified of the dentist on {day}",
        "Strange noises in the attic, I am scared to go up",
        "Feeling anxious and worried about the results, can't sleep",
        "Walking home along {place} alone at night, so afraid",
    ),
    "surprise": (
        "I'm amazed, {kin} just walked in after {count} years!",
        "Wow, did not see that coming, completely shocked",
        "I was so surprised to find {thing} on the doorstep",
        "Stunned. {pet} opened the fridge alone. I am impressed and amazed",
    ),
}

WARNING: dict[str, tuple[str, ...]] = {
    "none": (
        "Storm Briar: amber warning for {part} from {day} {time}.",
        "Sandbags at the depot on {place}, {count} a household.",
        "Ferry timetable for {day} is under review because of Storm Briar",
        "Forecast map for Storm Briar, updated at {time}",
        "Schools in {part} close at {time} on {day}.",
    ),
    "fear": (
        "I'm {very} scared of this storm, the sea is already over the wall at {place}",
        "Feeling so anxious, they say the water will reach {part} by night",
        "Terrified for {kin} who lives alone in {part}",
        "The wind is getting louder and I am frightened, can't sleep",
        "Really worried about the flood warning, my hands are shaking",
        "Packing a bag just in case. I feel so nervous and afraid",
        "Storm Briar is coming straight at us and I'm panicking",
    ),
    "surprise": ("Wow, the sky over {place} turned green, never seen anything like it, stunned",),
}

LANDFALL: dict[str, tuple[str, ...]] = {
    "none": (
        "Power is out in {part}. Line for reports: see the page",
        "{place} closed between the bridge and the school.",
        "Gusts of {count}0 km/h measured at {place} at {time}",
        "Shelter open at the sports hall, {count}0 beds.",
    ),
    "fear": (
        "The roof is lifting and we are terrified, please let it be over",
        "So so scared, water is coming under the door in {part}",
        "{kin} is not answering the phone, I'm {very} frightened",
        "Hiding in the bathroom with {pet}, shaking with fear",
        "Huge waves over {place}. I have never been this afraid",
        "Heard a crash on {place}, too scared to look outside",
        "Praying the sea wall holds, I am horrified by that sound",
    ),
    "surprise": (
        "I can't believe it, the old pier is just gone. Shocked",
        "Unbelievable, a boat in the middle of {place}, I am stunned",
    ),
}

LOSS: dict[str, tuple[str, ...]] = {
    "none": (
        "List of closed roads: {place}, the bridge, the coast path.",
        "Water is shut off in {part} until {day}.",
        "Missing items can be reported at the town hall from {time}.",
        "Photos of {place} before and after",
    ),
    "sadness": (
        "Our house in {part} is ruined, {very} heartbroken",
        "I can't stop crying, everything {kin} built is gone",
        "So sad to see {place} under water, I feel broken",
        "We lost the shop. Forty years. Devastated",
        "Grieving for the old pier, so many memories lost",
        "Feeling hopeless and numb, sleeping in the sports hall with {pet}",
        "{kin} lost everything in Storm Briar, my heart aches",
        "Miserable and cold in {part}, no power, no home, just tears",
    ),
    "anger": ("{count} days without power and no word, I'm furious with {office}",),
}

BLAME: dict[str, tuple[str, ...]] = {
    "none": (
        "Council meeting about the sirens: {day}, {time}, town hall.",
        "Timeline of the flood warnings, by the hour",
        "Claim form for {part} is {count} pages, deadline {day}.",
    ),
    "anger": (
        "I am {very} angry, the sirens never went off in {part}",
        "{office} knew about the wall and did nothing. Disgusting and furious",
        "Day {count} without power and {office} sends a survey?! Outrageous",
        "So mad at {office}, they lied to us about {place}",
        "Absolutely livid. {kin} waited {count} hours for help",
        "How dare {office} blame us for the flood! I'm raging",
        "Sick of the excuses from {office}, resentful and fed up",
        "This is a disgrace!! {part} was left to drown, I hate them for it",
    ),
}

HELP: dict[str, tuple[str, ...]] = {
    "none": (
        "Volunteers meet at {time} at {place}, bring gloves.",
        "Hot meals at the sports hall from {time}, {count}0 portions",
        "Donations list: blankets, torches, {thing}.",
        "Power is back in {part} since {time}.",
    ),
    "love": (
        "I love this town. Strangers brought {food} for {kin}, feeling so cared for",
        "So much love for the volunteers in {part}, my heart is full",
        "Thank you thank you, I feel {very} loved and supported by you all",
        "{kin} hugged the firefighters for ages, such tender caring people",
        "Loving and generous neighbours in {part}, I adore every one of you",
        "Holding {pet} again after {count} days, so much love",
    ),
    "joy": (
        "They found {pet} safe and sound, so happy I could dance!",
        "So grateful and relieved, the lights are back in {part}!",
        "Singing with {team} while we clean {place}, feeling hopeful and happy",
        "{kin} is home again, what a joyful day",
        "Proud and thankful, {count}0 volunteers at {place} this morning",
    ),
    "surprise": ("Amazed, someone left {thing} and a note at our door, wow",),
}

FESTIVAL: dict[str, tuple[str, ...]] = {
    "none": (
        "Lantern Festival programme: {band} at {time}, boats at 21:00.",
        "Parking for the festival is at {place}.",
        "Lost property of the festival: {thing}, tent {count}.",
        "Last bus after the festival leaves {place} at 00:30.",
    ),
    "joy": (
        "Lanterns all over the harbour, I am {very} happy tonight",
        "Dancing to {band} with {kin}, pure joy!!",
        "What a wonderful festival, we needed this, smiling all night",
        "So excited, the lanterns go up at {time}!",
        "Best night of the year, laughing and singing on {place}",
        "The children with their lanterns, such a cheerful beautiful sight",
        "After Storm Briar this feels amazing, so happy for all of us",
        "Celebrating with {team} and {food}, feeling fantastic",
    ),
    "love": (
        "Under the lanterns with {kin}, I love you all {very} much",
        "He proposed at {place} under the lanterns, so in love",
    ),
    "surprise": (
        "{band} turned up unannounced!! I am amazed and shocked, wow",
        "Surprise fireworks over {place}, stunned, did not expect that",
    ),
}

EMOJI: dict[str, tuple[str, ...]] = {
    "none": ("☕", "📷", "🚌", "📚", "🌧️", "👍🏽"),
    "joy": ("😀", "😂", "🎉", "🏮", "🥳", "😊", "🎶"),
    "sadness": ("😢", "😭", "💔", "😔"),
    "anger": ("😡", "🤬", "😤"),
    "love": ("❤️", "💛", "🥰", "🫶🏽", "👩‍👧"),
    "fear": ("😨", "😱", "😰", "🌊", "🌀"),
    "surprise": ("😮", "🤯", "😲", "✨"),
}

# fmt: off
OTHER_LANGUAGES: dict[str, tuple[str, ...]] = {
    "es": (
        "El autobús sale a las {time} desde el puerto", "Qué bonita mañana en la playa",
        "¿Alguien sabe a qué hora abre el museo?",
    ),
    "fr": (
        "Le train de {time} est en retard ce matin", "Il pleut encore sur le port",
        "Une soupe chaude et un bon livre ce soir",
    ),
    "de": ("Der Bus fährt heute um {time} vom Hafen ab", "Schönes Wetter an der Küste", "Heute gibt es Suppe und Brot"),
    "pt": ("O barco sai às {time} do cais", "Que dia bonito na praia", "Café e pão com manteiga"),
    "ja": ("今日は港の近くで昼ごはん", "{time}の電車で帰ります", "海がとても静かです"),
    "und": ("🏮🏮🏮", "👍", "...", "{time}"),
}

NAMES: tuple[tuple[str, ...], tuple[str, ...]] = (
    (
        "quiet", "tin", "mossy", "salty", "amber", "early", "paper", "north", "tidal", "copper", "little", "late",
        "windy", "plain", "brisk", "mellow",
    ),
    (
        "otter", "lamp", "kettle", "gull", "ferry", "pocket", "willow", "harbor", "biscuit", "anchor", "puffin",
        "thimble", "heron", "ladder", "marble",
    ),
)
# fmt: on
