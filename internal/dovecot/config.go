package dovecot

import (
	"cmp"
	"fmt"
	"net"
	"os"
	"os/user"
)

// config returns the text of dovecot.conf.
func (s *Server) config(opts *Options) (string, error) {
	_, port, err := net.SplitHostPort(s.Address)
	if err != nil {
		return "", err
	}
	gid, users := s.uid, ""
	if os.Getuid() != 0 {
		me, err := user.Current()
		if err != nil {
			return "", err
		}
		group, err := user.LookupGroupId(me.Gid)
		if err != nil {
			return "", err
		}
		gid, users = os.Getgid(), fmt.Sprintf(rootless, me.Username, me.Username, group.Name)
	}
	mechanisms, tokens, err := s.oauth()
	if err != nil {
		return "", err
	}
	capability := ""
	if opts.Capability != "" {
		capability = "imap_capability = " + opts.Capability
	}
	sync := "optimized"
	if opts.Unsynced {
		sync = "never"
	}
	tlsPort, secured := "0", "ssl = no"
	if opts.TLS {
		secured = fmt.Sprintf(withTLS, s.dir)
		if _, tlsPort, err = net.SplitHostPort(s.AddressTLS); err != nil {
			return "", err
		}
	}
	pop3, err := s.pop3Config(opts)
	if err != nil {
		return "", err
	}
	if s.SASL != "" {
		_, sasl, err := net.SplitHostPort(s.SASL)
		if err != nil {
			return "", err
		}
		pop3 += fmt.Sprintf(saslService, sasl)
	}
	return fmt.Sprintf(config, s.dir, s.uid, cmp.Or(opts.Separator, "/"), opts.Prefix, capability, gid, port, users, tlsPort, secured, mechanisms, tokens, sync, pop3), nil
}

const config = `base_dir = %[1]s/run
state_dir = %[1]s/run
log_path = %[1]s/dovecot.log
protocols = imap
listen = 127.0.0.1
%[10]s
disable_plaintext_auth = no
auth_mechanisms = plain login %[11]s
auth_failure_delay = 0
first_valid_uid = %[2]d
mail_location = maildir:~/Maildir
mail_max_userip_connections = 500
mail_fsync = %[13]s
namespace inbox {
  inbox = yes
  separator = %[3]s
  prefix = %[4]s
  mailbox Orders {
    auto = create
  }
  mailbox Trash {
    special_use = \Trash
    auto = create
  }
}
%[5]s
%[12]s
passdb {
  driver = static
  args = password=` + Password + `
}
userdb {
  driver = static
  args = uid=%[2]d gid=%[6]d home=%[1]s/mail/%%n
}
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service imap-login {
  inet_listener imap {
    port = %[7]s
  }
  inet_listener imaps {
    port = %[9]s
  }
  service_count = 0
}
service imap {
  service_count = 100
}
%[8]s
%[14]s
`

const saslService = `service auth {
  inet_listener sasl {
    port = %s
  }
}
`

const rootless = `default_login_user = %s
default_internal_user = %s
default_internal_group = %s
service anvil {
  chroot =
}
service stats {
  chroot =
}
service imap-login {
  chroot =
}`

const withTLS = `ssl = yes
ssl_cert = <%[1]s/cert.pem
ssl_key = <%[1]s/key.pem`
