/**
 * Signs users in by the library that browsers use, one after another: `node browser.fixture.mjs JSON`, where JSON has
 * `endpoint`, `UserPoolId` and `signIns` of `{ClientId, username, password, newPassword?}`. Prints a list of
 * `{idToken}` or `{code, message}`.
 */
import { AuthenticationDetails, CognitoUser, CognitoUserPool } from 'amazon-cognito-identity-js';

const { endpoint, UserPoolId, signIns } = JSON.parse(process.argv[2]);

function signIn({ ClientId, username, password, newPassword }) {
  const user = new CognitoUser({
    Username: username,
    Pool: new CognitoUserPool({ UserPoolId, ClientId, endpoint }),
  });
  return new Promise((resolve) => {
    const callbacks = {
      onSuccess: (session) => resolve({ idToken: session.getIdToken().getJwtToken() }),
      onFailure: ({ code, message }) => resolve({ code, message }),
      newPasswordRequired: () => user.completeNewPasswordChallenge(newPassword, {}, callbacks),
    };
    user.authenticateUser(new AuthenticationDetails({ Username: username, Password: password }), callbacks);
  });
}

const results = [];
for (const each of signIns) results.push(await signIn(each));
process.stdout.write(JSON.stringify(results));
