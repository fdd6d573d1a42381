package postfix

import (
	"fmt"
	"net"
	"strings"
)

// config returns the texts of main.cf and master.cf.
func (s *Server) config(programs string) (main, master string, err error) {
	_, port, err := net.SplitHostPort(s.Address)
	if err != nil {
		return "", "", err
	}
	var domains []string
	for _, to := range s.to {
		domains = append(domains, to[strings.LastIndexByte(to, '@')+1:])
	}
	main = fmt.Sprintf(mainConfig, s.dir, programs, strings.Join(domains, " "), uid)
	master = fmt.Sprintf(masterConfig, port)
	if s.sasl == "" {
		return main, master, nil
	}
	_, port, err = net.SplitHostPort(s.AddressTLS)
	// In this order: who waits for Address waits for all.
	return main + fmt.Sprintf(mainSASL, s.dir, s.sasl), fmt.Sprintf(masterSASL, port) + master, err
}

const mainSASL = `smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:%[2]s
smtpd_tls_security_level = may
smtpd_tls_auth_only = yes
smtpd_tls_cert_file = %[1]s/cert.pem
smtpd_tls_key_file = %[1]s/key.pem
smtpd_tls_session_cache_database =
smtpd_error_sleep_time = 0
smtpd_recipient_restrictions = permit_sasl_authenticated, reject
`

const masterSASL = `127.0.0.1:%[1]s inet n - n - - smtpd
 -o smtpd_tls_wrappermode=yes
tlsmgr unix - - n 1000? 1 tlsmgr
`

const mainConfig = `compatibility_level = 3.6
queue_directory = %[1]s/queue
data_directory = %[1]s/data
daemon_directory = %[2]s
maillog_file = %[1]s/log
maillog_file_prefixes = %[1]s
myhostname = mail.example
mydestination =
alias_maps =
in_flow_delay = 0
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtpd_peername_lookup = no
smtpd_relay_restrictions = reject_unauth_destination
smtputf8_enable = yes
strict_smtputf8 = yes
virtual_mailbox_domains = %[3]s
virtual_mailbox_base = %[1]s/mail
virtual_mailbox_maps = texthash:%[1]s/conf/users
virtual_minimum_uid = 1
virtual_uid_maps = static:%[4]d
virtual_gid_maps = static:%[4]d
default_transport = error:nothing leaves this machine
notify_classes =
`

const masterConfig = `127.0.0.1:%[1]s inet n - n - - smtpd
anvil unix - - n - 1 anvil
bounce unix - - n - 0 bounce
cleanup unix n - n - 0 cleanup
defer unix - - n - 0 bounce
error unix - - n - - error
postlog unix-dgram n - n - 1 postlogd
proxymap unix - - n - - proxymap
qmgr unix n - n 300 1 qmgr
retry unix - - n - - error
rewrite unix - - n - - trivial-rewrite
trace unix - - n - 0 bounce
virtual unix - n n - - virtual
`
