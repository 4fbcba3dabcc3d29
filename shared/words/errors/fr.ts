import type { ErrorTexts } from './error-texts.ts'

const byItself = 'Rien à faire : un nouvel essai a lieu de lui-même.'
const reconnects = 'Rien à faire : la connexion se rétablit d’elle-même.'
const askAdmin = 'Demandez à l’administration du réseau.'
const noKeychain =
  'Ou gardez les mots de passe dans un fichier scellé, ce qui est moins sûr : Réglages, Trousseau.'

export const fr: ErrorTexts = {
  'gateway-name-unknown': [
    'Le nom {host} n’a pas pu être résolu.',
    'Vérifiez l’orthographe de la passerelle et si cet ordinateur est en ligne.',
  ],
  'dial-refused': [
    'Rien n’accepte de connexion à {host}:{port}.',
    'Vérifiez l’adresse et le port, et si la passerelle fonctionne.',
  ],
  'dial-timeout': [
    '{host}:{port} n’a pas répondu en {seconds} s.',
    'Vérifiez l’adresse et le port ; un pare-feu bloque peut-être la connexion.',
  ],
  'dial-unreachable': [
    '{host}:{port} n’est pas joignable d’ici ({reason}).',
    'Vérifiez la connexion réseau de cet ordinateur.',
  ],
  'proxy-name-unknown': [
    'Le nom du proxy {hop} n’a pas pu être résolu.',
    'Vérifiez l’orthographe du proxy et si cet ordinateur est dans le réseau de l’entreprise.',
  ],
  'proxy-unreachable': [
    'Le proxy {hop} n’est pas joignable ({reason}).',
    'Vérifiez l’adresse et le port du proxy et si cet ordinateur est dans le réseau de l’entreprise.',
  ],
  'proxy-hop-timeout': [
    'Le proxy {hop} n’a pas répondu en {seconds} s.',
    'Vérifiez l’adresse et le port du proxy ; il est peut-être surchargé.',
  ],
  'proxy-chain-timeout': [
    'Le chemin par les proxys n’était pas ouvert après {seconds} s ; il s’est arrêté à {hop}.',
    'Vérifiez ce proxy ; il est peut-être surchargé.',
  ],
  'proxy-closed': [
    'Le proxy {hop} a fermé la connexion sans répondre.',
    'Vérifiez que c’est un proxy HTTP qui autorise CONNECT.',
  ],
  'proxy-not-http': [
    'Ce qui répond à {hop} n’est pas un proxy HTTP ({reason}).',
    'Vérifiez l’adresse et le port du proxy.',
  ],
  'proxy-keeps-closing': [
    'Le proxy {hop} ferme sans cesse la connexion au milieu de l’authentification.',
    `${askAdmin} Quelque chose devant le proxy perturbe peut-être les authentifications.`,
  ],
  'proxy-tls-untrusted': [
    'TLS n’a pas pu être établi avec le proxy {hop} ({reason}).',
    'Cet ordinateur doit faire confiance au certificat du proxy ; demandez le certificat racine de l’entreprise.',
  ],
  'proxy-forbidden': [
    'Le proxy {hop} n’autorise pas les connexions vers {destination} ({status}).',
    'Demandez à l’administration du réseau d’autoriser CONNECT vers cette adresse ; le port 443 l’est le plus souvent.',
  ],
  'proxy-far-side-failed': [
    'Le proxy {hop} n’a pas pu joindre {destination} ({status}, {reason}).',
    'Vérifiez l’adresse et le port derrière ce proxy ; s’ils sont justes, cela passera de soi-même.',
  ],
  'proxy-refused': [
    'Le proxy {hop} a refusé la connexion ({status}, {reason}).',
    'Vérifiez l’adresse et le port : c’est peut-être un serveur web, ou un proxy pour le seul HTTP. L’administration du réseau sait quel proxy accepte HTTPS.',
  ],
  'proxy-login-page': [
    'Le proxy {hop} a répondu par une page web au lieu d’une connexion.',
    'Ouvrez une page quelconque dans le navigateur : ce réseau veut peut-être que vous vous identifiiez d’abord. Sinon, vérifiez l’adresse et le port du proxy.',
  ],
  'system-proxy-unavailable': [
    'Impossible de savoir ce que cet ordinateur dit de son proxy ({reason}).',
    'Corrigez-le là, ou indiquez les proxys vous-même.',
  ],
  'system-proxy-skipped': [
    'Le proxy {hop}, que les réglages de cet ordinateur nomment en premier, est injoignable ; le chemin suivant a été essayé.',
    'Rien à faire si le chemin suivant fonctionne. Sinon, dites à l’administration du réseau quel proxy est injoignable.',
  ],
  'connection-lost': ['La connexion à {host} a été fermée de façon inattendue.', byItself],
  'outer-tls-failed': [
    'TLS n’a pas pu être établi avec {host}:{port} ({reason}).',
    'Vérifiez le port, ou écrivez http:// ou https:// devant le nom de la passerelle.',
  ],
  'not-a-gateway': [
    '{host}:{port} a répondu {status} là où une passerelle Tildegate répond 101.',
    'Vérifiez que cette adresse est bien la passerelle et non un autre serveur web ou une page d’identification.',
  ],
  'captive-portal': [
    'Une page web a répondu à {host}:{port} à la place de la passerelle : peut-être la page d’identification de ce réseau.',
    'Ouvrez une page quelconque dans le navigateur et identifiez-vous sur ce réseau. S’il n’y a rien à faire, vérifiez l’adresse de la passerelle.',
  ],
  'gateway-unavailable': [
    'La passerelle {host}:{port} n’est pas disponible en ce moment ({status}).',
    byItself,
  ],
  'handshake-timeout': ['L’authentification n’était pas terminée après {seconds} s.', byItself],
  'protocol-violation': [
    'L’autre côté n’a pas respecté le protocole : {reason}.',
    'Mettez les deux côtés à la même version ; si cela persiste, signalez-le.',
  ],
  'version-not-spoken': [
    'La passerelle parle une autre version du protocole (jusqu’à {version}).',
    'Mettez à jour Tildegate ou la passerelle.',
  ],
  'password-refused': [
    'La passerelle n’a pas accepté le nom ou le mot de passe.',
    'Comparez le nom et le mot de passe avec la ligne du fichier balance.bin de la passerelle.',
  ],
  'gateway-not-proven': [
    'La passerelle n’a pas pu prouver qu’elle connaît le mot de passe.',
    'Vous parlez peut-être à la mauvaise passerelle. Vérifiez son adresse avant de continuer.',
  ],
  'address-refused': [
    'La passerelle n’accepte pas ce nom depuis cette adresse réseau.',
    'Demandez à l’administration de la passerelle d’adapter la règle d’adresse de ce nom.',
  ],
  'name-in-use': [
    'Déjà connecté d’ailleurs.',
    'Arrêtez l’autre agent qui utilise ce nom, ou prenez un autre nom.',
  ],
  'proxy-auth-refused': [
    'Le proxy {hop} a refusé l’authentification.',
    'Vérifiez le domaine, l’utilisateur et le mot de passe de ce proxy. S’ils sont justes, le compte est peut-être verrouillé ou son mot de passe expiré : beaucoup de proxys ne le disent pas. La même authentification est essayée deux fois au plus, pour ne verrouiller aucun compte.',
  ],
  'proxy-auth-refused-backslash': [
    'Le proxy {hop} a refusé l’authentification. Le mot de passe contient une barre oblique inverse ; seule une barre devant l’utilisateur demande NTLM.',
    'Si ce proxy veut NTLM, choisissez « Windows (NTLM) ».',
  ],
  'proxy-account-locked': [
    'Le proxy {hop} a refusé l’authentification : le compte est verrouillé.',
    'Demandez à l’assistance de votre entreprise de le déverrouiller, ou attendez la fin du verrouillage. Quelqu’un, ou un programme, a utilisé trop souvent un mauvais mot de passe.',
  ],
  'proxy-account-barred': [
    'Le proxy {hop} a refusé l’authentification : ce compte n’a pas le droit de s’identifier ici ({reason}).',
    'Demandez à l’assistance de votre entreprise, ou utilisez un autre compte pour ce proxy.',
  ],
  'proxy-password-expired': [
    'Le proxy {hop} a refusé l’authentification : le mot de passe a expiré.',
    'Changez votre mot de passe comme votre entreprise le demande, puis saisissez le nouveau ici.',
  ],
  'proxy-auth-given-up': [
    'Le proxy {hop} a refusé cette authentification {tries} fois ; elle n’est plus essayée, pour que le compte ne soit pas verrouillé.',
    'Saisissez un autre mot de passe pour ce proxy. Si celui-ci est juste malgré tout, parce que le compte a été déverrouillé, saisissez-le encore une fois.',
  ],
  'proxy-login-required': [
    'Le proxy {hop} demande une authentification ({offered}), et aucune n’est indiquée.',
    'Indiquez l’utilisateur et le mot de passe pour ce proxy.',
  ],
  'system-proxy-login-required': [
    'Le proxy {hop} demande une authentification ({offered}) ; cet ordinateur nomme le proxy ({source}), mais aucune authentification.',
    'Indiquez vous-même le proxy avec son authentification, au lieu de « comme ce PC ».',
  ],
  'system-proxy-wants-ntlm': [
    'Le proxy {hop} propose {offered} ; l’authentification que cet ordinateur a pour lui ({source}) demande Basic.',
    'Mettez-y une barre oblique inverse devant l’utilisateur, %5C dans une variable : %5Cutilisateur ou domaine%5Cutilisateur.',
  ],
  'proxy-wants-ntlm': [
    'Le proxy {hop} propose {offered}, l’entrée demande Basic.',
    'Choisissez « Windows (NTLM) » pour ce proxy.',
  ],
  'proxy-scheme-not-offered': [
    'Le proxy {hop} propose {offered}, l’entrée demande {wanted}.',
    'Choisissez une authentification que le proxy propose. Pour toute autre, demandez à l’administration du réseau.',
  ],
  'proxy-ntlmv1-refused': [
    'Le proxy {hop} demande NTLMv1, qui peut être cassé ; il n’a pas été répondu.',
    'Demandez à l’administration du réseau d’autoriser NTLMv2.',
  ],
  'proxy-ntlm-no-challenge': [
    'Le proxy {hop} ne poursuit pas une authentification NTLM.',
    `Quelque chose entre cet ordinateur et le proxy perturbe peut-être les authentifications. ${askAdmin}`,
  ],
  'proxy-ntlm-malformed': [
    'Le proxy {hop} a envoyé une réponse NTLM illisible.',
    `Quelque chose l’a peut-être modifiée en route. ${askAdmin}`,
  ],
  'tunnel-disabled': [
    'L’administration de la passerelle a désactivé ce nom.',
    'Demandez à l’administration de la passerelle.',
  ],
  'visitors-not-asked': [
    'Cette passerelle ({gateway}) ne sait pas demander un mot de passe aux visiteurs ; rien n’est donc partagé par elle.',
    'Demandez à l’administration de la passerelle de la mettre à jour. Ou ne demandez pas de mot de passe ; alors toute personne qui connaît l’adresse peut l’ouvrir.',
  ],
  'password-missing': ['Le mot de passe pour {name} n’est pas disponible ({reason}).', 'Saisissez-le.'],
  'keychain-not-installed': [
    'Le trousseau de ce système n’est pas utilisable ({reason}).',
    `Sous Linux, installez libsecret et un trousseau, par exemple les paquets libsecret-1-0 et gnome-keyring. ${noKeychain}`,
  ],
  'keychain-not-running': [
    'Aucun trousseau ne fonctionne dans cette session ({reason}).',
    `Connectez-vous au bureau, ou installez et lancez un trousseau. ${noKeychain}`,
  ],
  'keychain-locked': [
    'Le trousseau est verrouillé et n’a pas donné {name}.',
    'Déverrouillez-le ici ou avec son propre programme. S’il n’est pas verrouillé, saisissez à nouveau le mot de passe sous « Modifier ».',
  ],
  'keychain-shut': [
    'Le trousseau est verrouillé.',
    `Déverrouillez-le ici ou avec son propre programme (Mots de passe et clés, KWalletManager, KeePassXC), ou reconnectez-vous au bureau. ${noKeychain}`,
  ],
  'keychain-not-made': [
    'Un trousseau fonctionne, mais il n’a pas encore été créé.',
    'Faites-le créer ici : il demandera un mot de passe pour lui-même. Au premier enregistrement, cela se fait de soi-même.',
  ],
  'keychain-no-answer': [
    'Le trousseau n’a pas répondu en {seconds} s.',
    'Une fenêtre attend peut-être son mot de passe : cherchez-la et déverrouillez le trousseau.',
  ],
  'keychain-failed': [
    'Le trousseau refuse de fonctionner ({reason}).',
    'Regardez l’entrée dans le programme du trousseau (Seahorse, Trousseaux d’accès, Gestionnaire d’identification), puis enregistrez-la à nouveau.',
  ],
  'secret-store-unusable': [
    '{file} n’est pas utilisable ({reason}).',
    'Faites que vous seul puissiez lire et écrire le fichier et son dossier ; s’il est abîmé, supprimez-le et saisissez à nouveau les mots de passe.',
  ],
  'secret-store-damaged': [
    'Le mot de passe scellé de {name} ne peut pas être ouvert ({reason}).',
    'Saisissez à nouveau le mot de passe.',
  ],
  'secrets-differ': [
    '{file} donne deux mots de passe pour {name}, aux lignes {lines} ; la réserve n’en garde qu’un.',
    'Écrivez le bon dans les deux lignes, puis réessayez. Rien n’a été changé.',
  ],
  'gateway-overloaded': ['La passerelle n’accepte plus de connexions en ce moment.', byItself],
  'gateway-silent': ['La passerelle n’a pas répondu depuis {seconds} s.', reconnects],
  'gateway-stopping': ['La passerelle s’arrête ou redémarre.', reconnects],
  'dropped-by-admin': [
    'L’administration de la passerelle a coupé cette connexion.',
    'Demandez à l’administration de la passerelle si cela dure.',
  ],
  'replaced-by-own-session': [
    'Une connexion plus récente de ce même ordinateur a pris le relais.',
    'Rien à faire.',
  ],
  'outer-certificate-changed': [
    'La passerelle montre un autre certificat qu’auparavant.',
    'Rien à faire : une nouvelle connexion est établie ; les certificats changent.',
  ],
  'tls-inspected': [
    'Quelque chose entre cet ordinateur et la passerelle termine TLS à sa place et pourrait lire. Ce que les visiteurs échangent est chiffré une seconde fois à l’intérieur, et le mot de passe n’est jamais envoyé.',
    'Rien à faire : le tunnel fonctionne et il est sûr. C’est peut-être l’inspection de votre entreprise, ou un point de terminaison TLS devant la passerelle.',
  ],
  'only-websockets-pass': [
    'Quelque chose entre cet ordinateur et la passerelle ne laisse passer que les WebSockets ; le tunnel prend ce chemin.',
    'Rien à faire : cela fonctionne tout de même.',
  ],
  'inner-tls-failed': [
    'Le chiffrement intérieur n’a pas pu être établi avec la passerelle ({reason}).',
    'Rien à faire si c’est rare ; sinon, quelque chose entre cet ordinateur et la passerelle modifie la connexion.',
  ],
  'target-refused': [
    'Le service partagé ne répond pas.',
    'Lancez le service sur l’ordinateur où il fonctionne.',
  ],
  'target-dns': ['Le nom du service partagé n’a pas pu être résolu.', 'Vérifiez l’adresse du service.'],
  'target-tls': [
    'TLS n’a pas pu être établi avec le service partagé.',
    'Vérifiez que le service parle HTTPS et que cet ordinateur fait confiance à son certificat.',
  ],
  'target-timeout': [
    'Le service partagé met trop de temps.',
    'Vérifiez le service sur l’ordinateur où il fonctionne.',
  ],
  'target-not-http': [
    'Ce qui répond à l’adresse du service n’est pas du HTTP.',
    'Vérifiez l’adresse et le port du service, et s’il veut HTTPS plutôt que HTTP.',
  ],
  'target-reports-error': [
    'Le service répond, mais par une erreur à lui ({status}).',
    'Regardez le service lui-même : les visiteurs reçoivent aussi cette réponse.',
  ],
  'target-broke-off': [
    'Le service partagé a interrompu sa réponse.',
    'Vérifiez le service sur l’ordinateur où il fonctionne.',
  ],
  'ipc-refused': [
    'La demande {channel} a été refusée : cette fenêtre n’a pas le droit de la faire.',
    'Redémarrez Tildegate. Si cela se reproduit, signalez-le.',
  ],
  'engine-silent': [
    'La partie de Tildegate qui tient les tunnels ne répond pas.',
    'Elle redémarre d’elle-même. Si elle ne revient pas, redémarrez Tildegate.',
  ],
  'tunnel-not-listed': [
    'Le tunnel {name} n’existe plus.',
    'Regardez la liste : backbalance.bin a changé entre-temps.',
  ],
  'file-unreadable': ['{file} ne peut pas être lu ({reason}).', 'Vérifiez le fichier et ses droits.'],
  'file-changed-meanwhile': [
    '{file} a été modifié entre-temps par un autre programme.',
    'Rien n’a été changé : regardez le fichier et réessayez.',
  ],
  'file-not-written': [
    '{file} n’a pas pu être écrit ({reason}).',
    'Le fichier est resté tel quel. Vérifiez ses droits et la place libre, puis réessayez.',
  ],
  'secret-misplaced': [
    'Un mot de passe caché se trouve là où il serait révélé à quelqu’un d’autre.',
    'Saisissez-y le mot de passe à nouveau.',
  ],
  'entry-unwritable': [
    'Cela ne peut pas être écrit dans backbalance.bin.',
    'Vérifiez le nom (lettres, chiffres, . _ -) et qu’aucun nom d’utilisateur ne contient de deux-points ou de flèche.',
  ],
  'name-taken': ['Il y a déjà un tunnel {name} sur cette passerelle.', 'Choisissez un autre nom.'],
  'target-unreadable': [
    'Ce n’est pas une adresse à partager : {reason}',
    'Écrivez-la comme http://127.0.0.1:3000.',
  ],
  'test-busy': ['Plusieurs tests de connexion sont déjà en cours.', 'Attendez que l’un d’eux soit terminé.'],
  'address-not-opened': [
    'L’adresse {url} n’est pas ouverte d’ici : elle n’est pas en https.',
    'Copiez-la et ouvrez-la dans votre navigateur.',
  ],
  internal: ['Quelque chose s’est mal passé dans Tildegate.', 'Signalez-le avec le journal de ce moment.'],
}
