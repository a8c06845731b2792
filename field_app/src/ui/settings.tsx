/** Language, size of text, light or dark, and signing out without losing what is unsent. */
import { setSettings } from "../actions";
import { place, s, set, type Theme } from "../state";
import { number, t } from "../text";
import { Frame, unsent } from "./frame";
import { Button, Message, Picks } from "./parts";

export function Settings() {
  const { language, large, theme } = s.settings;
  return (
    <Frame title={t.settings} under={t.signedInAs(s.name)} back="day">
      <Picks name="language" legend={t.language} options={[["vi", "Tiếng Việt"], ["en", "English"]] as const} chosen={language}
        onPick={(value) => void setSettings({ language: value })} />
      <Picks name="size" legend={t.textSize} options={[["normal", t.normal], ["large", t.large]] as const} chosen={large ? "large" : "normal"}
        onPick={(value) => void setSettings({ large: value === "large" })} />
      <Picks<Theme> name="theme" legend={t.theme} options={Object.entries(t.themes) as [Theme, string][]} chosen={theme}
        onPick={(value) => void setSettings({ theme: value })} />
      <SignOut />
      <p class="links"><a href={place("web")}>{t.webPages}</a></p>
      <p class="soft">{t.version(s.version)}</p>
    </Frame>
  );
}

function SignOut() {
  const asked = s.draft.signOut === "1";
  if (!asked) return <Button look="quiet full" icon="log-out" label={t.signOut} onClick={() => set({ draft: { signOut: "1" } })} />;
  return (
    <>
      <Message level="warn" icon="triangle-alert">
        {unsent() > 0 && <p>{t.signOutUnsent(number(unsent()))}</p>}
        <p>{t.passOnce}</p>
      </Message>
      <Button look="danger full" icon="log-out" label={t.signOutSure} onClick={() => dispatchEvent(new Event("xks-sign-out"))} />
      <Button look="link" label={t.never} onClick={() => set({ draft: {} })} />
    </>
  );
}
