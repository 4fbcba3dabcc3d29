import type { DiagnosticTexts } from './diagnostic-texts.ts'

export const fr: DiagnosticTexts = {
  texts: {
    'not-utf8': 'Cette ligne n’est pas du texte UTF-8.',
    'text-after-end': 'Quelque chose suit le premier ; de la règle.',
    'not-understood':
      'Cette ligne n’est pas comprise et est ignorée : une entrée commence par /~~ ou SSL /~~.',
    'no-semicolon': 'La ligne ne se termine pas par un point-virgule.',
    'no-equals': 'Il manque le = entre le nom et le reste.',
    'bad-name': 'Un nom a de 1 à 64 des caractères A-Z a-z 0-9 . _ -.',
    'bad-name/missing': 'Il manque le nom.',
    'duplicate-name': 'Le nom {name} figure déjà à la ligne {first}.',
    'duplicate-name/at-gateway': 'Le nom {name} chez {gateway} figure déjà à la ligne {first}.',
    'similar-name':
      'Le nom {name} ne diffère de {other}, à la ligne {first}, que par les majuscules et minuscules.',
    'empty-password': 'Le mot de passe est vide.',
    'no-hash': 'Il manque le # entre le mot de passe et la passerelle.',
    'no-colon': 'Le # qui termine le mot de passe est suivi de deux-points, puis de la règle d’adresse.',
    'no-rule': 'Il manque la règle d’adresse après #:.',
    'no-star': 'Une adresse, un préfixe ou un domaine est précédé d’un *.',
    'second-address': 'Une seule entrée IP est permise.',
    'bad-rule':
      'La règle d’adresse est *, un port positif, ou * suivi d’une adresse, d’un préfixe ou d’un domaine.',
    'bad-rule/behind-star':
      'Ce n’est ni une adresse, ni un préfixe comme *51.254.*, ni une plage comme *10.0.0.0/8, ni un domaine.',
    'bad-rule-port':
      'Le port doit être un nombre entier positif ; n’importe lequel signifie « toute adresse ».',
    rdpport:
      'RDPPORT n’a pas de sens dans une entrée inverse, car c’est le sous-serveur qui établit la connexion.',
    'rdpport/direct':
      'RDPPORT n’est pas pris en charge ici : les visiteurs atteignent cette adresse par HTTP.',
    'not-an-entry':
      'Ce n’est ni une entrée inverse (un mot de passe terminé par #: et une règle d’adresse) ni une entrée directe (hôte:port).',
    'ssl-here': 'SSL n’a pas de sens ici : il se place devant la ligne dans balance.bin.',
    'bad-gateway': 'Le # est suivi de la passerelle, sous la forme hôte:port.',
    'gateway-no-port': 'Il manque le port de la passerelle.',
    'arrow-without-spaces': 'Une flèche a une espace de chaque côté.',
    'bad-proxy': 'Un proxy s’écrit hôte:port, précédé d’un identifiant s’il en demande un.',
    'proxy-no-port': 'Il manque le port du proxy.',
    'proxy-no-user': 'Il manque l’utilisateur dans l’identifiant du proxy.',
    'bad-port/gateway': 'Le port de la passerelle n’est pas compris entre 1 et 65535.',
    'bad-port/proxy': 'Le port du proxy n’est pas compris entre 1 et 65535.',
    'misplaced-arrow': 'La cible est la dernière partie d’une ligne ; les proxys se placent avant.',
    'bad-target': 'La cible n’est pas une adresse de la forme http://hôte:port/chemin, sans ? ni #.',
    'bad-target/login': 'Une cible n’a pas d’identifiant dans son adresse.',
    'bad-target/port': 'Le port de la cible n’est pas compris entre 1 et 65535.',
    'bad-target/path': 'Le chemin de la cible a des caractères qui doivent être encodés avec %.',
    'target-not-supported': 'Les cibles de ce genre ne sont pas encore prises en charge.',
    'bad-option': 'Cette option n’est pas connue, ou figure deux fois.',
    'bad-option/not-in-entry': 'Un mot de passe pour les visiteurs a sa place dans une entrée.',
    'bad-visitors': 'Le mot de passe pour les visiteurs n’est pas dans ce fichier.',
    'bad-variable': 'env: est suivi du nom d’une variable : lettres, chiffres et _.',
  },
  mends: {
    write: 'Écrivez {instead}',
    'write-either': 'Écrivez {instead} ou {or}',
    'save-as-utf8': 'Enregistrez le fichier en UTF-8.',
    'remove-indent': 'Retirez les espaces qui précèdent.',
    'ssl-in-capitals': 'Écrivez SSL en majuscules et une espace devant /~~.',
    'entry-or-comment': 'Écrivez une entrée, ou # devant un commentaire.',
    'add-semicolon': 'Ajoutez ; et mettez ce qui doit suivre sur une ligne à part.',
    'end-at-semicolon':
      'Terminez la ligne au premier ; et mettez un commentaire sur une ligne à part, après #.',
    'another-name': 'Choisissez un autre nom, ou retirez l’une des deux lignes.',
    'clearer-name': 'Choisissez un nom que personne ne confondra avec l’autre.',
    'one-address': 'Écrivez une seule adresse, une plage ou un préfixe.',
    'without-rdpport': 'Écrivez la ligne sans RDPPORT.',
    'without-ssl': 'Écrivez la ligne sans SSL.',
    'with-user': 'Écrivez utilisateur:motdepasse@hôte:port, ou sans identifiant hôte:port.',
    'target-last': 'Écrivez … -> PROXY -> PROXY => CIBLE;',
    'http-target': 'Écrivez une cible en http:// ou https://.',
    'known-options': 'Les options possibles : host=keep après une adresse, visitors=keychain',
    'in-the-entry': 'Écrivez-le dans l’entrée : => http://127.0.0.1:3000 visitors=keychain',
    'visitors-in-keychain': 'Écrivez visitors=keychain, et fixez le mot de passe dans les détails du tunnel.',
  },
}
