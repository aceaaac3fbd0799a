package dev.serin.notify;

import com.google.common.hash.Hashing;
import dev.serin.policy.Channel.Target;
import dev.serin.spi.Notification;
import dev.serin.spi.Notifier.Message;
import dev.serin.spi.Notifier.Sent;
import dev.serin.spi.Signature;
import jakarta.mail.AuthenticationFailedException;
import jakarta.mail.MessagingException;
import jakarta.mail.Session;
import jakarta.mail.Transport;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;
import java.nio.charset.StandardCharsets;
import java.util.Date;
import java.util.Properties;
import java.util.stream.Collectors;
import org.eclipse.angus.mail.smtp.SMTPAddressFailedException;
import org.eclipse.angus.mail.smtp.SMTPSendFailedException;
import org.eclipse.angus.mail.smtp.SMTPSenderFailedException;

/** Notifications as mail. */
final class Mail {

  private static final int IMPLICIT_TLS = 465;
  private static final String TIMEOUT_MILLIS = "10000";

  private Mail() {}

  /**
   * Hands a mail to a server.
   *
   * @param password empty: the server asks for none
   */
  static Sent send(Target.Email email, String password, Message message) {
    Session session = Session.getInstance(properties(email, !password.isEmpty()));
    try (Transport transport = session.getTransport("smtp")) {
      MimeMessage mail = mail(session, email, message);
      transport.connect(
          email.host(),
          email.port(),
          password.isEmpty() ? null : email.user(),
          password.isEmpty() ? null : password);
      transport.sendMessage(mail, mail.getAllRecipients());
      return new Sent.Taken();
    } catch (AuthenticationFailedException refused) {
      // The server's words may repeat what it was sent. A password may be put right meanwhile.
      return new Sent.Failed("the mail server refuses user " + email.user(), true);
    } catch (MessagingException failed) {
      int code = code(failed);
      String what = code > 0 ? "reply " + code : failed.getClass().getSimpleName();
      return new Sent.Failed(
          "the mail server " + email.host() + " did not take it: " + what, code < 500);
    }
  }

  private static Properties properties(Target.Email email, boolean authenticates) {
    Properties properties = new Properties();
    properties.put("mail.smtp.connectiontimeout", TIMEOUT_MILLIS);
    properties.put("mail.smtp.timeout", TIMEOUT_MILLIS);
    properties.put("mail.smtp.writetimeout", TIMEOUT_MILLIS);
    properties.put("mail.smtp.auth", Boolean.toString(authenticates));
    properties.put("mail.smtp.ssl.checkserveridentity", "true");
    if (email.port() == IMPLICIT_TLS) {
      properties.put("mail.smtp.ssl.enable", "true");
    } else {
      properties.put("mail.smtp.starttls.enable", "true");
      properties.put("mail.smtp.starttls.required", Boolean.toString(authenticates));
    }
    return properties;
  }

  private static MimeMessage mail(Session session, Target.Email email, Message message)
      throws MessagingException {
    Notification told = message.notification();
    String id =
        Hashing.sha256().hashString(told.id(), StandardCharsets.UTF_8).toString().substring(0, 40);
    MimeMessage mail =
        new MimeMessage(session) {
          @Override
          protected void updateMessageID() throws MessagingException {
            setHeader("Message-ID", "<" + id + "@serin>");
          }
        };
    mail.setFrom(new InternetAddress(email.from()));
    for (String to : email.to()) {
      mail.addRecipient(jakarta.mail.Message.RecipientType.TO, new InternetAddress(to));
    }
    mail.setSubject(message.title().replaceAll("\\p{Cntrl}+", " "), "UTF-8");
    mail.setSentDate(Date.from(told.at()));
    mail.setHeader(Signature.ID, told.id());
    mail.setHeader("Auto-Submitted", "auto-generated");
    mail.setText(text(message), "UTF-8");
    return mail;
  }

  private static String text(Message message) {
    String links =
        message.links().stream()
            .map(link -> link.label() + ": " + link.url())
            .collect(Collectors.joining("\n"));
    return links.isEmpty() ? message.text() + "\n" : message.text() + "\n\n" + links + "\n";
  }

  /** The server's reply (RFC 5321, 4.2); 0 where it gave none. */
  private static int code(MessagingException failed) {
    for (Exception at = failed; at instanceof MessagingException one; at = one.getNextException()) {
      int code =
          switch (one) {
            case SMTPAddressFailedException e -> e.getReturnCode();
            case SMTPSenderFailedException e -> e.getReturnCode();
            case SMTPSendFailedException e -> e.getReturnCode();
            default -> 0;
          };
      if (code > 0) {
        return code;
      }
    }
    return 0;
  }
}
