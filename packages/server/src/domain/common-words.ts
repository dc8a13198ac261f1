/** Rows of keys and of letters, in both directions: what a hand types without the head. */
export const rows: readonly string[] = [
  ...['1234567890', 'qwertyuiop', 'asdfghjkl', 'zxcvbnm', 'qwertzuiop', 'yxcvbnm', 'azertyuiop', 'qsdfghjklm', 'wxcvbn'],
  ...[
    'abcdefghijklmnopqrstuvwxyz',
    '1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p',
    '1q2w3e4r5t6z7u8i9o0p',
    '1q2w3e4r5t6y7u8i9o0p',
    'qazwsxedcrfvtgbyhnujm',
  ],
].flatMap((row) => [row + row, [...(row + row)].reverse().join('')])

/** Words that passwords are made of most often: about passwords, love, names, animals, games, clubs, brands, the calendar; in some languages. Ours, of common knowledge. */
export const commonWords: readonly string[] = `
password passwords passwort kennwort motdepasse contrasena contraseña senha wachtwoord parola haslo hasło heslo salasana losenord lösenord passphrase passcode passkey
welcome willkommen bienvenue bienvenido letmein login logon signin admin administrator root superuser sysadmin manager operator guest user username benutzer
test testing tester demo sample example default changeme change secret secrets geheim private secure security access account master
iloveyou loveyou love lovely lover loveme forever always babygirl babyboy baby angel sweetheart honey darling princess prince princesa queen king
sunshine moonlight rainbow flower butterfly diamond heaven beautiful friends friend family mother father brother sister schatz liebe amour amore
monkey dragon tiger lion eagle falcon panther wolf bear horse kitty kitten puppy doggy dolphin shark turtle chicken rabbit elephant unicorn phoenix
football baseball basketball soccer hockey tennis cricket rugby golf boxing skating skateboard snowboard fishing hunting running swimming cycling
liverpool arsenal chelsea manchester united barcelona realmadrid madrid juventus bayern borussia benfica flamengo corinthians celtic rangers everton tottenham
yankees lakers cowboys steelers eagles packers patriots raiders dodgers redsox chicago dallas boston
superman batman spiderman ironman avengers marvel starwars startrek skywalker vader yoda gandalf frodo hobbit potter hogwarts pokemon pikachu naruto matrix
minecraft fortnite roblox warcraft overwatch counterstrike callofduty playstation nintendo xbox zelda mario sonic tetris steam gamer gaming
michael jennifer jessica ashley daniel thomas charlie andrew matthew anthony joshua robert nicole michelle hannah amanda samantha william joseph
christopher christian alexander alexandra benjamin jonathan nicholas elizabeth victoria stephanie melissa patricia richard jordan justin brandon austin
tyler dylan jasmine sophie sophia olivia emily emma isabella charlotte george maria carlos miguel antonio fernando alejandro andrea marina natasha
sebastian maximilian johannes martin stefan andreas mohammed muhammad ahmed fatima jesus christ buddha
maggie ginger pepper cookie cookies buster tigger bailey rocky shadow lucky smokey bandit peanut pumpkin chocolate banana orange strawberry cherry apple
coffee cheese pizza burger bacon whiskey vodka guinness heineken corona
mustang corvette camaro ferrari porsche mercedes lamborghini bmw audi harley yamaha suzuki kawasaki honda toyota nissan subaru volkswagen
google facebook instagram twitter youtube amazon netflix microsoft windows android iphone samsung linkedin whatsapp telegram discord spotify paypal github
internet computer laptop keyboard server network database system linux ubuntu oracle cisco hacker hacking cyber matrix
killer hunter ranger soldier sniper warrior knight ninja samurai pirate wizard master legend hero maverick rockstar
metallica slipknot nirvana eminem beatles rammstein ironmaiden acdc guitar drummer music
freedom liberty peace victory success money dollar million winner champion lucky destiny
summer winter spring autumn sommer herbst january february march april may june july august september october november december
monday tuesday wednesday thursday friday saturday sunday morning evening weekend holiday christmas halloween birthday
america american canada england london paris berlin germany deutschland france espana italia brasil mexico australia india russia turkey istanbul
red blue green yellow purple black white silver golden orange pink
whatever nothing something anything trustno trustnoone blink fuckyou fuckoff asshole bitch pussy sexy company office work school college university student teacher
company corporate business service support helpdesk hello goodbye please thankyou
`
  .trim()
  .split(/\s/)
