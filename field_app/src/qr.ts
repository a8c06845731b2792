/** One QR code as a picture; a chunk of its own, since only a rescue needs it. */
import qrcode from "qrcode-generator";

export function pictureOf(text: string): string {
  const code = qrcode(0, "M");
  code.addData(text);
  code.make();
  return code.createDataURL(4, 16);
}
