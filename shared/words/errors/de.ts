import type { ErrorTexts } from './error-texts.ts'

const byItself = 'Nichts zu tun: Es wird von selbst erneut versucht.'
const askAdmin = 'Fragen Sie die Netzwerkverwaltung.'
const noKeychain =
  'Oder bewahren Sie die Passwörter in einer versiegelten Datei auf, was schwächer ist: Einstellungen, Schlüsselbund.'

export const de: ErrorTexts = {
  'gateway-name-unknown': [
    'Der Name {host} ließ sich nicht auflösen.',
    'Prüfen Sie die Schreibweise des Gateways und ob dieser Computer online ist.',
  ],
  'dial-refused': [
    'Unter {host}:{port} nimmt nichts Verbindungen an.',
    'Prüfen Sie Adresse und Port und ob das Gateway läuft.',
  ],
  'dial-timeout': [
    '{host}:{port} hat innerhalb von {seconds} s nicht geantwortet.',
    'Prüfen Sie Adresse und Port; vielleicht verwirft eine Firewall die Verbindung.',
  ],
  'dial-unreachable': [
    '{host}:{port} ist von hier nicht erreichbar ({reason}).',
    'Prüfen Sie die Netzwerkverbindung dieses Computers.',
  ],
  'proxy-name-unknown': [
    'Der Name des Proxys {hop} ließ sich nicht auflösen.',
    'Prüfen Sie die Schreibweise des Proxys und ob dieser Computer im Firmennetz ist.',
  ],
  'proxy-unreachable': [
    'Der Proxy {hop} ist nicht erreichbar ({reason}).',
    'Prüfen Sie Adresse und Port des Proxys und ob dieser Computer im Firmennetz ist.',
  ],
  'proxy-hop-timeout': [
    'Der Proxy {hop} hat innerhalb von {seconds} s nicht geantwortet.',
    'Prüfen Sie Adresse und Port des Proxys; vielleicht ist er überlastet.',
  ],
  'proxy-chain-timeout': [
    'Der Weg durch die Proxys stand nach {seconds} s noch nicht; er blieb bei {hop} stehen.',
    'Prüfen Sie diesen Proxy; vielleicht ist er überlastet.',
  ],
  'proxy-closed': [
    'Der Proxy {hop} hat die Verbindung ohne Antwort geschlossen.',
    'Prüfen Sie, ob das ein HTTP-Proxy ist, der CONNECT erlaubt.',
  ],
  'proxy-not-http': [
    'Was unter {hop} antwortet, ist kein HTTP-Proxy ({reason}).',
    'Prüfen Sie Adresse und Port des Proxys.',
  ],
  'proxy-keeps-closing': [
    'Der Proxy {hop} schließt die Verbindung immer wieder mitten in der Anmeldung.',
    `${askAdmin} Vielleicht stört etwas vor dem Proxy die Anmeldungen.`,
  ],
  'proxy-tls-untrusted': [
    'Mit dem Proxy {hop} kam kein TLS zustande ({reason}).',
    'Dieser Computer muss dem Zertifikat des Proxys vertrauen; fragen Sie nach dem Stammzertifikat der Firma.',
  ],
  'proxy-forbidden': [
    'Der Proxy {hop} erlaubt keine Verbindungen zu {destination} ({status}).',
    'Bitten Sie die Netzwerkverwaltung, CONNECT zu dieser Adresse zu erlauben; Port 443 ist meist erlaubt.',
  ],
  'proxy-far-side-failed': [
    'Der Proxy {hop} konnte {destination} nicht erreichen ({status}, {reason}).',
    'Prüfen Sie Adresse und Port hinter diesem Proxy; wenn sie stimmen, gibt es sich von selbst.',
  ],
  'proxy-refused': [
    'Der Proxy {hop} hat die Verbindung abgelehnt ({status}, {reason}).',
    'Prüfen Sie Adresse und Port: Es kann ein Webserver sein oder ein Proxy nur für einfaches HTTP. Die Netzwerkverwaltung weiß, welcher Proxy HTTPS annimmt.',
  ],
  'proxy-login-page': [
    'Der Proxy {hop} hat mit einer Webseite statt mit einer Verbindung geantwortet.',
    'Öffnen Sie im Browser irgendeine Seite: Vielleicht möchte dieses Netz, dass Sie sich erst anmelden. Sonst prüfen Sie Adresse und Port des Proxys.',
  ],
  'system-proxy-unavailable': [
    'Was dieser Computer über seinen Proxy sagt, war nicht herauszufinden ({reason}).',
    'Beheben Sie es dort, oder nennen Sie die Proxys selbst.',
  ],
  'system-proxy-skipped': [
    'Der Proxy {hop}, den die Einstellungen dieses Computers zuerst nennen, ist nicht erreichbar; der nächste Weg wurde versucht.',
    'Nichts zu tun, wenn der nächste Weg geht. Sonst sagen Sie der Netzwerkverwaltung, welcher Proxy fehlt.',
  ],
  'connection-lost': ['Die Verbindung zu {host} wurde unerwartet geschlossen.', byItself],
  'outer-tls-failed': [
    'Mit {host}:{port} kam kein TLS zustande ({reason}).',
    'Prüfen Sie den Port, oder schreiben Sie http:// oder https:// vor den Namen des Gateways.',
  ],
  'not-a-gateway': [
    '{host}:{port} hat mit {status} geantwortet, ein Tildegate-Gateway antwortet 101.',
    'Prüfen Sie, ob diese Adresse das Gateway ist und kein anderer Webserver oder eine Anmeldeseite dazwischen.',
  ],
  'captive-portal': [
    'Unter {host}:{port} hat an Stelle des Gateways eine Webseite geantwortet: vielleicht die Anmeldeseite dieses Netzes.',
    'Öffnen Sie im Browser irgendeine Seite und melden Sie sich in diesem Netz an. Gibt es nichts anzumelden, prüfen Sie die Adresse des Gateways.',
  ],
  'gateway-unavailable': ['Das Gateway {host}:{port} ist im Moment nicht verfügbar ({status}).', byItself],
  'handshake-timeout': ['Die Anmeldung war nach {seconds} s nicht fertig.', byItself],
  'protocol-violation': [
    'Die Gegenseite hat das Protokoll verletzt: {reason}.',
    'Bringen Sie beide Seiten auf dieselbe Version; bleibt es dabei, melden Sie es bitte.',
  ],
  'version-not-spoken': [
    'Das Gateway spricht eine andere Version des Protokolls (bis {version}).',
    'Aktualisieren Sie Tildegate oder das Gateway.',
  ],
  'password-refused': [
    'Das Gateway hat den Namen oder das Passwort nicht angenommen.',
    'Vergleichen Sie Name und Passwort mit der Zeile in der balance.bin des Gateways.',
  ],
  'gateway-not-proven': [
    'Das Gateway konnte nicht nachweisen, dass es das Passwort kennt.',
    'Vielleicht sprechen Sie mit dem falschen Gateway. Prüfen Sie die Adresse, bevor Sie weitermachen.',
  ],
  'address-refused': [
    'Das Gateway nimmt diesen Namen von dieser Netzwerkadresse nicht an.',
    'Bitten Sie die Verwaltung des Gateways, die Adressregel dieses Namens anzupassen.',
  ],
  'name-in-use': [
    'Schon von anderswo verbunden.',
    'Beenden Sie den anderen Agenten mit diesem Namen, oder nehmen Sie einen anderen Namen.',
  ],
  'proxy-auth-refused': [
    'Der Proxy {hop} hat die Anmeldung abgelehnt.',
    'Prüfen Sie Domäne, Benutzer und Passwort dieses Proxys. Stimmen sie, ist vielleicht das Konto gesperrt oder das Passwort abgelaufen: Viele Proxys sagen das nicht. Dieselbe Anmeldung wird höchstens zweimal versucht, damit kein Konto gesperrt wird.',
  ],
  'proxy-auth-refused-backslash': [
    'Der Proxy {hop} hat die Anmeldung abgelehnt. Im Passwort steht ein umgekehrter Schrägstrich; nur einer vor dem Benutzer verlangt NTLM.',
    'Wenn dieser Proxy NTLM möchte, wählen Sie „Windows (NTLM)“.',
  ],
  'proxy-account-locked': [
    'Der Proxy {hop} hat die Anmeldung abgelehnt: Das Konto ist gesperrt.',
    'Lassen Sie es vom Helpdesk Ihrer Firma entsperren, oder warten Sie die Sperre ab. Jemand oder ein Programm hat zu oft ein falsches Passwort benutzt.',
  ],
  'proxy-account-barred': [
    'Der Proxy {hop} hat die Anmeldung abgelehnt: Das Konto darf sich hier nicht anmelden ({reason}).',
    'Fragen Sie den Helpdesk Ihrer Firma, oder nehmen Sie für diesen Proxy ein anderes Konto.',
  ],
  'proxy-password-expired': [
    'Der Proxy {hop} hat die Anmeldung abgelehnt: Das Passwort ist abgelaufen.',
    'Ändern Sie Ihr Passwort, wie Ihre Firma es verlangt, und geben Sie dann hier das neue ein.',
  ],
  'proxy-auth-given-up': [
    'Der Proxy {hop} hat diese Anmeldung {tries} Mal abgelehnt; sie wird nicht erneut versucht, damit das Konto nicht gesperrt wird.',
    'Geben Sie für diesen Proxy ein anderes Passwort ein. Ist dieses doch richtig, weil das Konto entsperrt wurde, geben Sie es noch einmal ein.',
  ],
  'proxy-login-required': [
    'Der Proxy {hop} verlangt eine Anmeldung ({offered}), und es ist keine angegeben.',
    'Geben Sie Benutzer und Passwort für diesen Proxy an.',
  ],
  'system-proxy-login-required': [
    'Der Proxy {hop} verlangt eine Anmeldung ({offered}); dieser Computer nennt den Proxy ({source}), aber keine Anmeldung dafür.',
    'Nennen Sie den Proxy mit seiner Anmeldung selbst, statt „wie dieser PC“ zu wählen.',
  ],
  'system-proxy-wants-ntlm': [
    'Der Proxy {hop} bietet {offered} an; die Anmeldung, die dieser Computer dafür hat ({source}), verlangt Basic.',
    'Setzen Sie dort einen umgekehrten Schrägstrich vor den Benutzer, in einer Variablen %5C: %5CBenutzer oder Domäne%5CBenutzer.',
  ],
  'proxy-wants-ntlm': [
    'Der Proxy {hop} bietet {offered} an, der Eintrag verlangt Basic.',
    'Wählen Sie für diesen Proxy „Windows (NTLM)“.',
  ],
  'proxy-scheme-not-offered': [
    'Der Proxy {hop} bietet {offered} an, der Eintrag verlangt {wanted}.',
    'Wählen Sie eine Anmeldung, die der Proxy anbietet. Für jede andere fragen Sie die Netzwerkverwaltung.',
  ],
  'proxy-ntlmv1-refused': [
    'Der Proxy {hop} verlangt NTLMv1, das sich knacken lässt; es wurde nicht geantwortet.',
    'Bitten Sie die Netzwerkverwaltung, NTLMv2 zu erlauben.',
  ],
  'proxy-ntlm-no-challenge': [
    'Der Proxy {hop} setzt eine NTLM-Anmeldung nicht fort.',
    `Vielleicht stört etwas zwischen diesem Computer und dem Proxy die Anmeldungen. ${askAdmin}`,
  ],
  'proxy-ntlm-malformed': [
    'Der Proxy {hop} hat eine NTLM-Antwort geschickt, die nicht zu lesen ist.',
    `Vielleicht hat etwas dazwischen sie verändert. ${askAdmin}`,
  ],
  'tunnel-disabled': [
    'Die Verwaltung des Gateways hat diesen Namen abgeschaltet.',
    'Fragen Sie die Verwaltung des Gateways.',
  ],
  'visitors-not-asked': [
    'Dieses Gateway ({gateway}) kann Besucher nicht nach einem Passwort fragen; darum wird darüber nichts freigegeben.',
    'Bitten Sie die Verwaltung des Gateways, es zu aktualisieren. Oder fragen Sie nicht nach einem Passwort; dann kann jeder, der die Adresse kennt, sie öffnen.',
  ],
  'password-missing': ['Das Passwort für {name} ist nicht verfügbar ({reason}).', 'Geben Sie es ein.'],
  'keychain-not-installed': [
    'Der Schlüsselbund dieses Systems ist nicht nutzbar ({reason}).',
    `Installieren Sie unter Linux libsecret und einen Schlüsselbund, etwa die Pakete libsecret-1-0 und gnome-keyring. ${noKeychain}`,
  ],
  'keychain-not-running': [
    'In dieser Sitzung läuft kein Schlüsselbund ({reason}).',
    `Melden Sie sich am Desktop an, oder installieren und starten Sie einen Schlüsselbund. ${noKeychain}`,
  ],
  'keychain-locked': [
    'Der Schlüsselbund ist gesperrt und hat {name} nicht herausgegeben.',
    'Entsperren Sie ihn hier oder mit seinem eigenen Programm. Ist er nicht gesperrt, geben Sie das Passwort unter „Ändern“ neu ein.',
  ],
  'keychain-shut': [
    'Der Schlüsselbund ist gesperrt.',
    `Entsperren Sie ihn hier oder mit seinem eigenen Programm (Passwörter und Verschlüsselung, KWalletManager, KeePassXC), oder melden Sie sich am Desktop neu an. ${noKeychain}`,
  ],
  'keychain-not-made': [
    'Ein Schlüsselbund läuft, aber er ist noch nicht angelegt.',
    'Lassen Sie ihn hier anlegen: Er fragt nach einem Passwort für sich. Beim ersten Speichern geschieht es von selbst.',
  ],
  'keychain-no-answer': [
    'Der Schlüsselbund hat innerhalb von {seconds} s nicht geantwortet.',
    'Vielleicht wartet ein Fenster auf sein Passwort: Suchen Sie es und entsperren Sie den Schlüsselbund.',
  ],
  'keychain-failed': [
    'Der Schlüsselbund verweigert die Arbeit ({reason}).',
    'Sehen Sie sich den Eintrag im Programm des Schlüsselbunds an (Seahorse, Schlüsselbundverwaltung, Anmeldeinformationsverwaltung), dann speichern Sie ihn erneut.',
  ],
  'secret-store-unusable': [
    '{file} ist nicht nutzbar ({reason}).',
    'Sorgen Sie dafür, dass nur Sie Datei und Ordner lesen und schreiben können; ist sie beschädigt, entfernen Sie sie und geben die Passwörter neu ein.',
  ],
  'secret-store-damaged': [
    'Das versiegelte Passwort von {name} lässt sich nicht öffnen ({reason}).',
    'Geben Sie das Passwort neu ein.',
  ],
  'secrets-differ': [
    '{file} nennt zwei Passwörter für {name}, in den Zeilen {lines}; der Speicher behält nur eines.',
    'Schreiben Sie das richtige in beide Zeilen, dann versuchen Sie es erneut. Es wurde nichts geändert.',
  ],
  'gateway-overloaded': ['Das Gateway nimmt im Moment keine weiteren Verbindungen an.', byItself],
  'gateway-silent': [
    'Das Gateway hat seit {seconds} s nicht geantwortet.',
    'Nichts zu tun: Die Verbindung wird von selbst neu aufgebaut.',
  ],
  'gateway-stopping': [
    'Das Gateway hält an oder startet neu.',
    'Nichts zu tun: Die Verbindung wird von selbst neu aufgebaut.',
  ],
  'dropped-by-admin': [
    'Die Verwaltung des Gateways hat diese Verbindung getrennt.',
    'Fragen Sie die Verwaltung des Gateways, wenn es dabei bleibt.',
  ],
  'replaced-by-own-session': [
    'Eine neuere Verbindung dieses selben Computers hat übernommen.',
    'Nichts zu tun.',
  ],
  'outer-certificate-changed': [
    'Das Gateway zeigt ein anderes Zertifikat als zuvor.',
    'Nichts zu tun: Es wird eine neue Verbindung aufgebaut; Zertifikate wechseln.',
  ],
  'tls-inspected': [
    'Etwas zwischen diesem Computer und dem Gateway beendet TLS an dessen Stelle und könnte mitlesen. Was Besucher austauschen, ist innen noch einmal verschlüsselt, und das Passwort wird nie gesendet.',
    'Nichts zu tun: Der Tunnel geht und ist sicher. Es kann die Prüfung Ihrer Firma sein oder ein TLS-Endpunkt vor dem Gateway.',
  ],
  'only-websockets-pass': [
    'Etwas zwischen diesem Computer und dem Gateway lässt nur WebSockets durch; der Tunnel nimmt diesen Weg.',
    'Nichts zu tun: Es geht trotzdem.',
  ],
  'inner-tls-failed': [
    'Die innere Verschlüsselung kam mit dem Gateway nicht zustande ({reason}).',
    'Nichts zu tun, wenn es selten ist; sonst verändert etwas zwischen diesem Computer und dem Gateway die Verbindung.',
  ],
  'target-refused': [
    'Der freigegebene Dienst antwortet nicht.',
    'Starten Sie den Dienst auf dem Computer, auf dem er läuft.',
  ],
  'target-dns': [
    'Der Name des freigegebenen Dienstes ließ sich nicht auflösen.',
    'Prüfen Sie die Adresse des Dienstes.',
  ],
  'target-tls': [
    'Mit dem freigegebenen Dienst kam kein TLS zustande.',
    'Prüfen Sie, ob der Dienst HTTPS spricht und dieser Computer seinem Zertifikat vertraut.',
  ],
  'target-timeout': [
    'Der freigegebene Dienst braucht zu lange.',
    'Prüfen Sie den Dienst auf dem Computer, auf dem er läuft.',
  ],
  'target-not-http': [
    'Was unter der Adresse des Dienstes antwortet, ist kein HTTP.',
    'Prüfen Sie Adresse und Port des Dienstes und ob er HTTPS statt HTTP möchte.',
  ],
  'target-reports-error': [
    'Der Dienst antwortet, aber mit einem eigenen Fehler ({status}).',
    'Sehen Sie sich den Dienst selbst an: Auch Besucher bekommen diese Antwort.',
  ],
  'target-broke-off': [
    'Der freigegebene Dienst hat seine Antwort abgebrochen.',
    'Prüfen Sie den Dienst auf dem Computer, auf dem er läuft.',
  ],
  'ipc-refused': [
    'Die Anfrage {channel} wurde abgelehnt: Dieses Fenster darf sie nicht stellen.',
    'Starten Sie Tildegate neu. Passiert es wieder, melden Sie es bitte.',
  ],
  'engine-silent': [
    'Der Teil von Tildegate, der die Tunnel hält, antwortet nicht.',
    'Er wird von selbst neu gestartet. Kommt er nicht wieder, starten Sie Tildegate neu.',
  ],
  'tunnel-not-listed': [
    'Den Tunnel {name} gibt es nicht mehr.',
    'Sehen Sie in die Liste: backbalance.bin wurde inzwischen geändert.',
  ],
  'file-unreadable': ['{file} ist nicht zu lesen ({reason}).', 'Prüfen Sie die Datei und ihre Rechte.'],
  'file-changed-meanwhile': [
    '{file} wurde inzwischen von einem anderen Programm geändert.',
    'Es wurde nichts geändert: Sehen Sie sich die Datei an und versuchen Sie es erneut.',
  ],
  'file-not-written': [
    '{file} ließ sich nicht schreiben ({reason}).',
    'Die Datei ist, wie sie war. Prüfen Sie ihre Rechte und den freien Platz, dann versuchen Sie es erneut.',
  ],
  'secret-misplaced': [
    'Ein verborgenes Passwort steht dort, wo es jemand anderem verraten würde.',
    'Geben Sie das Passwort dort neu ein.',
  ],
  'entry-unwritable': [
    'Das lässt sich nicht in backbalance.bin schreiben.',
    'Prüfen Sie den Namen (Buchstaben, Ziffern, . _ -) und dass in keinem Benutzernamen ein Doppelpunkt oder ein Pfeil steht.',
  ],
  'name-taken': ['Einen Tunnel {name} gibt es an diesem Gateway schon.', 'Nehmen Sie einen anderen Namen.'],
  'target-unreadable': [
    'Das ist keine Adresse, die sich freigeben lässt: {reason}',
    'Schreiben Sie sie wie http://127.0.0.1:3000.',
  ],
  'test-busy': ['Es laufen schon mehrere Verbindungstests.', 'Warten Sie, bis einer fertig ist.'],
  'address-not-opened': [
    'Die Adresse {url} wird von hier nicht geöffnet: Sie ist nicht https.',
    'Kopieren Sie sie und öffnen Sie sie in Ihrem Browser.',
  ],
  internal: [
    'In Tildegate ist etwas schiefgegangen.',
    'Bitte melden Sie es mit dem Protokoll aus dieser Zeit.',
  ],
}
