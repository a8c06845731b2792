/** Reads QR codes from the camera: by the browser itself where it can, else by jsQR. A chunk of its own. */
import jsQR from "jsqr";

interface Detector {
  detect(source: CanvasImageSource): Promise<{ rawValue: string }[]>;
}
type DetectorType = new (how: { formats: string[] }) => Detector;

/** Returns what ends it. */
export async function watch(video: HTMLVideoElement, heard: (text: string) => void): Promise<() => void> {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } } });
  video.srcObject = stream;
  video.hidden = false;
  await video.play();
  const look = reader();
  let running = true;
  const step = async (): Promise<void> => {
    if (!running) return;
    for (const text of await look(video)) heard(text);
    setTimeout(() => void step(), 150);
  };
  void step();
  return () => {
    running = false;
    video.hidden = true;
    for (const track of stream.getTracks()) track.stop();
  };
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
