/** Reads QR codes from the camera: by the browser itself where it can, else by jsQR. A chunk of its own. */
import jsQR from "jsqr";

interface Detector {
  detect(source: CanvasImageSource): Promise<{ rawValue: string }[]>;
}
type DetectorType = new (how: { formats: string[] }) => Detector;

/** Returns what ends it, null when it is over already: it ends, and says so, when its screen is left, since no camera may
 * go on unseen. */
export async function watch(
  video: HTMLVideoElement, heard: (text: string) => void, ended: () => void,
): Promise<(() => void) | null> {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } } });
  let running = true;
  const stop = (): void => {
    running = false;
    video.hidden = true;
    for (const track of stream.getTracks()) track.stop();
    ended();
  };
  video.srcObject = stream;
  video.hidden = false;
  try {
    await video.play();
  } catch (error) {
    stop();
    // Left before the first picture: nobody waits for it any more.
    if (video.isConnected) throw error;
    return null;
  }
  const look = reader();
  const step = async (): Promise<void> => {
    if (!running) return;
    if (!video.isConnected) return stop();
    // A picture that cannot be read is no reason to look away.
    for (const text of await look(video).catch(() => [])) heard(text);
    setTimeout(() => void step(), 150);
  };
  void step();
  return running ? stop : null;
}

function reader(): (video: HTMLVideoElement) => Promise<string[]> {
  const Native = (globalThis as { BarcodeDetector?: DetectorType }).BarcodeDetector;
  if (Native) {
    const detector = new Native({ formats: ["qr_code"] });
    return async (video) => (await detector.detect(video)).map(({ rawValue }) => rawValue);
  }
  const canvas = document.createElement("canvas");
  return async (video) => {
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    const context = canvas.getContext("2d", { willReadFrequently: true })!;
    context.drawImage(video, 0, 0);
    const { data, width, height } = context.getImageData(0, 0, canvas.width, canvas.height);
    const found = jsQR(data, width, height);
    return found ? [found.data] : [];
  };
}
